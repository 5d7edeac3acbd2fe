"""Magnetic active regions of the Sun: magnetogram videos of their passages, patches, disks."""
