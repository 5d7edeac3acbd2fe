"""Records of jobs, code digests and the audit."""
