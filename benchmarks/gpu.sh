#!/usr/bin/env bash
# All GPU measurements of pretraining in one call. Needs torch (2.11 or newer), torchvision, NumPy,
# pandas, pyarrow, pydantic, Pillow, safetensors, scikit-learn and tqdm; lightly, where its recipe is
# to be measured too. Neither Snakemake nor sunpy nor fast_hdbscan. Options are those of gpu.py.
set -euo pipefail
cd "$(dirname "$0")/.."
export PYTHONPATH="workflow${PYTHONPATH:+:$PYTHONPATH}" PYTHONUNBUFFERED=1
python3 benchmarks/gpu.py "$@"
python3 benchmarks/embedding_rate.py --images 2048
