package org.sbertspark.job;

import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The one table of vectors that a command works on. */
final class VectorInputOptions {
  @Option(
      names = "--input",
      paramLabel = "PATH",
      arity = "1..*",
      required = true,
      description = "Files, folders or globs with the rows; several are read as one table.")
  List<String> paths;

  @Mixin VectorOptions vectors;
}
