package org.sbertspark.job;

import picocli.CommandLine.Option;

/** Where the rows go. */
final class OutputOptions extends WriteOptions {
  @Option(
      names = "--output",
      paramLabel = "PATH",
      required = true,
      description = "The folder to write.")
  void output(String folder) {
    path = folder;
  }
}
