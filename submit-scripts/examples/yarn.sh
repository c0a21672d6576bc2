#!/usr/bin/env bash
# YARN: everything reads and writes the cluster's file system. DEPLOY_MODE=cluster puts the driver, too,
# into a container; so it gets the defaults as a file, and a cache that it can write.
set -euo pipefail
bin=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
conf=${SBERT_SPARK_CONF:-$bin/../conf/sbert-spark.conf}

# memoryOverhead is what YARN allows beyond the heap: the model, its activations and libtorch itself.
# Too little of it and YARN kills the container; "doctor" says how much a model needs.
# A container's home may not be writable: the cache lies in its working folder.
exec "$bin/sbert-spark" \
  --master yarn \
  --deploy-mode "${DEPLOY_MODE:-client}" \
  --driver-memory 2g \
  --num-executors "${EXECUTORS:-4}" \
  --executor-cores 8 \
  --executor-memory 4g \
  --conf spark.executor.memoryOverhead=3g \
  --conf spark.task.cpus=1 \
  --conf spark.executorEnv.OMP_NUM_THREADS=1 \
  --files "$conf#sbert-spark.conf" \
  --conf spark.yarn.appMasterEnv.SBERT_SPARK_CONF=sbert-spark.conf \
  --conf spark.yarn.appMasterEnv.SBERT_SPARK_CACHE=./sbert-spark-cache \
  --conf spark.executorEnv.SBERT_SPARK_CACHE=./sbert-spark-cache \
  --conf spark.executorEnv.DJL_CACHE_DIR=./sbert-spark-cache/natives \
  embed "$@"
