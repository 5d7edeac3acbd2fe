"""What the features say: embedding, clusters, probes, maps."""
