package org.sbertspark.job;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;

/** Where {@code --report} puts its page: all of it or nothing. */
record ReportFile(UserFile file) {

  /** What writes the page. */
  @FunctionalInterface
  interface Content {
    void writeTo(Writer out) throws IOException;
  }

  /**
   * Checks the place before any work is done.
   *
   * @throws JobException if it is a folder, lies in the output, or exists and nothing said that it
   *     may be replaced
   */
  static ReportFile prepare(String given, OutputOptions output, Configuration hadoop) {
    ReportFile report = outside(given, output.path, hadoop);
    if (output.mode == WriteMode.ERROR && report.file.exists()) {
      throw refusal(given, "it exists; choose another --report, or --mode overwrite");
    }
    return report;
  }

  /** The same for a command that replaces nothing. */
  static ReportFile prepareNew(String given, String output, Configuration hadoop) {
    ReportFile report = outside(given, output, hadoop);
    if (report.file.exists()) {
      throw refusal(given, "it exists; choose another --report");
    }
    return report;
  }

  private static ReportFile outside(String given, String output, Configuration hadoop) {
    UserFile file = UserFile.of(given, hadoop);
    if (file.isFolder()) {
      throw refusal(given, "it is a folder, expected a file such as report.html");
    }
    try {
      org.apache.hadoop.fs.Path folder = new org.apache.hadoop.fs.Path(output);
      if (OutputWriter.contains(
          folder.getFileSystem(hadoop).makeQualified(folder),
          file.files().makeQualified(file.path()))) {
        throw refusal(given, "it lies in the output; write it beside");
      }
    } catch (IOException | IllegalArgumentException e) {
      throw new JobException("Cannot write %s: %s".formatted(output, e.getMessage()), e);
    }
    return new ReportFile(file);
  }

  private static JobException refusal(String given, String reason) {
    return new JobException("Cannot write the report to %s: %s".formatted(given, reason));
  }

  /** Writes the page beside its place, and moves it there when it is whole. */
  void write(Content content) {
    try {
      Path temporary = Files.createTempFile("sbert-spark-report", ".html");
      try {
        try (Writer out = Files.newBufferedWriter(temporary, StandardCharsets.UTF_8)) {
          content.writeTo(out);
        }
        file.copyFrom(temporary);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      throw new JobException(
          "Cannot write the report to %s: %s".formatted(file.given(), e.getMessage()), e);
    }
  }
}
