"""All-sky images of the aurora: OATH, THEMIS and other imagers."""
