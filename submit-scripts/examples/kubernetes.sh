#!/usr/bin/env bash
# Kubernetes, driver on the machine that submits. IMAGE: any image with Spark 3.5 and Java 17 on glibc
# 2.34 or newer (not Alpine). API_SERVER=https://host:6443
set -euo pipefail
bin=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# The pod's limit is heap plus overhead: the overhead holds the model and libtorch.
# The cache is a volume of its own, so that natives and models do not fill the container's layer.
exec "$bin/sbert-spark" \
  --master "k8s://${API_SERVER:?set API_SERVER to https://host:6443}" \
  --conf spark.kubernetes.container.image="${IMAGE:?set IMAGE to a Spark 3.5 image}" \
  --conf spark.executor.instances="${EXECUTORS:-4}" \
  --conf spark.executor.cores=8 \
  --conf spark.executor.memory=4g \
  --conf spark.executor.memoryOverhead=3g \
  --conf spark.task.cpus=1 \
  --conf spark.executorEnv.OMP_NUM_THREADS=1 \
  --conf spark.executorEnv.SBERT_SPARK_CACHE=/cache/sbert-spark \
  --conf spark.executorEnv.DJL_CACHE_DIR=/cache/sbert-spark/natives \
  --conf spark.kubernetes.executor.volumes.emptyDir.cache.mount.path=/cache \
  embed "$@"
