package org.sbertspark.job;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** How rows are read. */
final class ReadOptions {
  @Option(
      names = "--input-format",
      paramLabel = "FORMAT",
      defaultValue = "auto",
      description = {
        "One of ${COMPLETION-CANDIDATES}. auto: by the files' extensions"
            + " (.json, .jsonl and .ndjson are JSON lines; .gz, .bz2 and .zst are unpacked).",
        "csv has a header and doubles its quotes; tsv has a header, tabs and no quotes; text has one"
            + " column named text.",
        "Default: ${DEFAULT-VALUE}."
      })
  InputFormat format = InputFormat.AUTO;

  @Option(
      names = "--read-option",
      paramLabel = "KEY=VALUE",
      description = {
        "An option of Spark's reader, for example multiLine=true or mode=FAILFAST (malformed records"
            + " fail the run; PERMISSIVE, the default, keeps them; DROPMALFORMED drops them).",
        "May be repeated."
      })
  Map<String, String> readOptions = new LinkedHashMap<>();

  /** The same for files of this format. */
  ReadOptions as(InputFormat other) {
    ReadOptions same = new ReadOptions();
    same.format = other;
    same.readOptions = readOptions;
    return same;
  }
}
