package org.sbertspark.job;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How tables of vectors are read. */
final class VectorOptions {
  @Mixin ReadOptions read;

  @Option(
      names = "--id-col",
      paramLabel = "COLUMN",
      defaultValue = "id",
      description = {
        "The column that names a row: whole numbers or strings, each once."
            + " Default: ${DEFAULT-VALUE}."
      })
  String idColumn;

  @Option(
      names = "--embedding-col",
      paramLabel = "COLUMN",
      defaultValue = "embedding",
      description = {
        "The column of vectors: array<float>, array<double> or MLlib's vector."
            + " Default: ${DEFAULT-VALUE}."
      })
  String embeddingColumn;
}
