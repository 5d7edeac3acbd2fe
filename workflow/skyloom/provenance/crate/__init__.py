"""Results as a Provenance Run Crate: RO-Crate 1.1 with the workflow-run profiles 0.5."""
