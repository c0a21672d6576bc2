package org.sbertspark.job;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The formats that can be read. */
enum InputFormat implements Choice {
  AUTO,
  PARQUET,
  JSON,
  CSV,
  TSV,
  TEXT,
  ORC;

  private static final Map<String, InputFormat> BY_EXTENSION =
      Map.of(
          "parquet", PARQUET,
          "json", JSON,
          "jsonl", JSON,
          "ndjson", JSON,
          "csv", CSV,
          "tsv", TSV,
          "txt", TEXT,
          "text", TEXT,
          "orc", ORC);

  /** What Hadoop's codecs unpack by the ending of the name. */
  private static final Set<String> COMPRESSIONS = Set.of("gz", "bz2", "zst", "snappy", "lz4");

  /** The format that a file's name tells, its ending for compression left aside. */
  static Optional<InputFormat> ofFileName(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    String ending = extension(lower);
    if (COMPRESSIONS.contains(ending)) {
      ending = extension(lower.substring(0, lower.length() - ending.length() - 1));
    }
    return Optional.ofNullable(BY_EXTENSION.get(ending));
  }

  /** Whether a record of this format can be malformed while the file as a whole is readable. */
  boolean hasMalformedRecords() {
    return this == JSON || this == CSV || this == TSV;
  }

  /** Spark's own name of what reads it. */
  String source() {
    return this == TSV ? CSV.label() : label();
  }

  private static String extension(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  @Override
  public String toString() {
    return label();
  }
}
