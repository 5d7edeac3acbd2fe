"""Mars: labelled MSL and HiRISE sets, and raw images of Curiosity and Perseverance."""
