"""One person a file: the stories of DOMAIN section 7."""
