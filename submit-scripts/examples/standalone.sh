#!/usr/bin/env bash
# A standalone cluster, from a machine that is the driver. MASTER=spark://host:7077
set -euo pipefail
bin=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# One model per executor, one forward pass per task: few large executors, one intra-op thread a task.
# The model and its activations live outside of the heap: 2.5 GB for a RoBERTa-base with 8 tasks.
exec "$bin/sbert-spark" \
  --master "${MASTER:?set MASTER to spark://host:7077}" \
  --driver-memory 2g \
  --executor-cores 8 \
  --executor-memory 4g \
  --conf spark.task.cpus=1 \
  --conf spark.executorEnv.OMP_NUM_THREADS=1 \
  --conf spark.executorEnv.SBERT_SPARK_CACHE="${EXECUTOR_CACHE:-/tmp/sbert-spark}" \
  embed "$@"
