"""A synthetic municipality of any size, written into the store in bulk: for measuring, and for trying things out.

What it writes is what the server itself would have written: the resources are built as those of `seed`, and their rows
by the functions the writer uses. It all follows from a seed and a day; only the moments it is stored at differ.
"""
