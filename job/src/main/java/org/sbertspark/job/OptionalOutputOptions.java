package org.sbertspark.job;

import picocli.CommandLine.Option;

/** Where the rows go, if they are not only shown. */
final class OptionalOutputOptions extends WriteOptions {
  @Option(
      names = "--output",
      paramLabel = "PATH",
      description = "The folder to write. Default: none, results are only printed.")
  void output(String folder) {
    path = folder;
  }
}
