package org.sbertspark.job;

import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Where the rows come from. */
final class InputOptions {
  @Option(
      names = "--input",
      paramLabel = "PATH",
      arity = "1..*",
      required = true,
      description = "Files, folders or globs to read; several are read as one table.")
  List<String> paths;

  @Mixin ReadOptions read;
}
