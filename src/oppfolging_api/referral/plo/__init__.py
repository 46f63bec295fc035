"""PLO messages as they travel: MsgHead with a Dialogmelding in and out, AppRec out and in (NORWAY section 3).

Bytes to values and values to bytes; no database, no HTTP and no FHIR. `reading.read_message` and `receipt.read_receipt`
read, `apprec.write_apprec` and `answering.write_reply` write.
"""
