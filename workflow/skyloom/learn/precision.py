"""Which floating-point format a device computes fast in."""

from pathlib import Path

import torch

from skyloom.settings.pretrain import Precision

SMALLEST_BF16 = 32
"""Side in pixels below which `auto` keeps to float32. A ResNet then strides over single pixels,
where the CPU's bfloat16 convolution was seen to give other bytes at each run."""


def resolve_precision(wanted: Precision, device: torch.device, input_size: int) -> torch.dtype:
    """Return bfloat16 or float32: what `wanted` says, or for `auto` what the device is fast in."""
    if wanted == "fp32":
        return torch.float32
    if wanted == "bf16" or (input_size >= SMALLEST_BF16 and _has_fast_bf16(device)):
        return torch.bfloat16
    return torch.float32


def _has_fast_bf16(device: torch.device) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags
