package org.sbertspark.job;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.sbertspark.job.Input.Malformed;
import org.sbertspark.job.Input.Mode;

/**
 * Opens the input: finds its files, tells their format, and reads the schema.
 *
 * <p>JSON and CSV are always opened in Spark's permissive mode, whatever mode was asked for: only
 * so can the malformed records be counted, and Spark's own message of the FAILFAST mode quotes the
 * record.
 */
final class InputReader {
  private final SparkSession spark;
  private final Configuration hadoop;

  InputReader(SparkSession spark) {
    this.spark = spark;
    this.hadoop = spark.sparkContext().hadoopConfiguration();
  }

  /** Opens the input as {@link #open(List, ReadOptions)} does. */
  Input open(InputOptions options) {
    return open(options.paths, options.read);
  }

  /**
   * Opens the input.
   *
   * @throws JobException if a path is missing or holds no data, or if the formats are mixed
   */
  Input open(List<String> paths, ReadOptions options) {
    List<Path> roots = new ArrayList<>();
    List<FileStatus> files = files(paths, roots);
    InputFormat format = options.format == InputFormat.AUTO ? formatOf(files) : options.format;
    long sizeBytes = files.stream().mapToLong(FileStatus::getLen).sum();
    if (sizeBytes == 0 && format != InputFormat.TEXT) {
      throw new JobException(
          "Cannot read %s: it is empty (0 bytes), expected %s with at least a schema"
              .formatted(String.join(", ", paths), format));
    }
    return read(paths, options, format, roots, sizeBytes);
  }

  /**
   * The data files that these paths hold now.
   *
   * @throws JobException if a path is missing or holds no data
   */
  List<FileStatus> files(List<String> paths) {
    return files(paths, new ArrayList<>());
  }

  /** The files and folders that these paths name now, patterns resolved. */
  List<Path> roots(List<String> paths) {
    return paths.stream().flatMap(path -> resolve(path).stream()).map(FileStatus::getPath).toList();
  }

  private List<FileStatus> files(List<String> paths, List<Path> roots) {
    List<FileStatus> files = new ArrayList<>();
    for (String path : paths) {
      int before = files.size();
      for (FileStatus root : resolve(path)) {
        roots.add(root.getPath());
        addDataFiles(root, files);
      }
      if (files.size() == before) {
        throw new JobException(
            "Cannot read %s: it holds no data files, expected at least one".formatted(path));
      }
    }
    return files;
  }

  /**
   * How files are to be read.
   *
   * @param format never {@code AUTO}
   * @param options Spark's, less the mode: records are always read in the permissive one
   * @param mode what to do with malformed records
   * @param corruptColumn where such records show, in formats that can have them
   */
  record Parsing(
      InputFormat format, Map<String, String> options, Mode mode, Optional<String> corruptColumn) {}

  Parsing parsing(ReadOptions options, InputFormat format) {
    Map<String, String> given = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    if (format == InputFormat.CSV) {
      given.put("header", "true");
      // RFC 4180, and what every spreadsheet writes; Spark's own default is a backslash.
      given.put("escape", "\"");
    } else if (format == InputFormat.TSV) {
      given.put("header", "true");
      given.put("sep", "\t");
      given.put("quote", "");
    }
    given.putAll(options.readOptions);
    if (!format.hasMalformedRecords()) {
      return new Parsing(format, given, Mode.PERMISSIVE, Optional.empty());
    }
    Mode mode = mode(given.remove("mode"));
    String corrupt =
        given.getOrDefault(
            "columnNameOfCorruptRecord", spark.conf().get("spark.sql.columnNameOfCorruptRecord"));
    return new Parsing(format, given, mode, Optional.of(corrupt));
  }

  private Input read(
      List<String> paths,
      ReadOptions options,
      InputFormat format,
      List<Path> roots,
      long sizeBytes) {
    Parsing parsing = parsing(options, format);
    Map<String, String> given = parsing.options;
    if (parsing.corruptColumn.isEmpty()) {
      return new Input(
          load(paths, format, given, null), format, roots, sizeBytes, Optional.empty());
    }

    Mode mode = parsing.mode;
    String corrupt = parsing.corruptColumn.get();
    // The schema is inferred by a pass over the files, once.
    StructType inferred = load(paths, format, given, null).schema();
    StructType data = without(inferred, corrupt);
    compareHeaders(format, data, given);
    StructType withCorrupt = data.add(corrupt, DataTypes.StringType);
    Dataset<Row> all = load(paths, format, given, withCorrupt);
    Dataset<Row> rows = all;
    if (mode == Mode.DROPMALFORMED) {
      given.put("mode", mode.name());
      rows = load(paths, format, given, data);
    }
    return new Input(
        rows, format, roots, sizeBytes, Optional.of(new Malformed(mode, corrupt, all)));
  }

  private Dataset<Row> load(
      List<String> paths, InputFormat format, Map<String, String> readOptions, StructType schema) {
    var reader = spark.read().format(format.source()).options(readOptions);
    if (schema != null) {
      reader = reader.schema(schema);
    }
    Dataset<Row> rows = reader.load(paths.toArray(String[]::new));
    // Spark calls the column of the text format "value".
    return format == InputFormat.TEXT ? rows.withColumnRenamed("value", "text") : rows;
  }

  /**
   * Lets Spark fail on a CSV file whose header does not name these columns: by itself it takes the
   * columns of every file by their places. Where it has made names up, because the first header
   * lacks one or has one twice, there is nothing to compare with.
   */
  static void compareHeaders(InputFormat format, StructType columns, Map<String, String> options) {
    if (format.source().equals(InputFormat.CSV.label()) && areGiven(columns.fieldNames())) {
      options.putIfAbsent("enforceSchema", "false");
      // Otherwise Spark compares the columns alone that a job needs.
      options.putIfAbsent("columnPruning", "false");
    }
  }

  /** To a name that is there twice Spark adds its place; a column without one is {@code _c0}. */
  private static boolean areGiven(String[] names) {
    Set<String> bare = new HashSet<>();
    for (int i = 0; i < names.length; i++) {
      String place = Integer.toString(i);
      String name = names[i].toLowerCase(Locale.ROOT);
      String given =
          name.endsWith(place) ? name.substring(0, name.length() - place.length()) : name;
      if (name.equals("_c" + i) || !bare.add(given)) {
        return false;
      }
    }
    return true;
  }

  private static Mode mode(String name) {
    if (name == null) {
      return Mode.PERMISSIVE;
    }
    return Arrays.stream(Mode.values())
        .filter(mode -> mode.name().equals(name.toUpperCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(
            () ->
                new JobException(
                    "Cannot read with mode=%s: expected PERMISSIVE, DROPMALFORMED or FAILFAST"
                        .formatted(name)));
  }

  private static StructType without(StructType schema, String column) {
    return new StructType(
        Arrays.stream(schema.fields())
            .filter(field -> !field.name().equals(column))
            .toArray(org.apache.spark.sql.types.StructField[]::new));
  }

  private List<FileStatus> resolve(String path) {
    try {
      Path pattern = new Path(path);
      FileSystem files = pattern.getFileSystem(hadoop);
      FileStatus[] found = files.globStatus(files.makeQualified(pattern));
      if (found == null || found.length == 0) {
        throw new JobException(
            "Cannot read %s: no such file or folder (looked in %s)"
                .formatted(path, files.getUri()));
      }
      for (FileStatus root : found) {
        if (root.isFile() && isHidden(root.getPath().getName())) {
          throw new JobException(
              "Cannot read %s: Spark passes over files whose names start with _ or .; rename it"
                  .formatted(root.getPath()));
        }
      }
      return List.of(found);
    } catch (IOException | IllegalArgumentException e) {
      throw new JobException("Cannot read %s: %s".formatted(path, e.getMessage()), e);
    }
  }

  /** The files that Spark would read: names that start with _ or . are not data. */
  private void addDataFiles(FileStatus root, List<FileStatus> files) {
    if (root.isFile()) {
      files.add(root);
      return;
    }
    try {
      String prefix = root.getPath().toUri().getPath();
      RemoteIterator<LocatedFileStatus> all =
          root.getPath().getFileSystem(hadoop).listFiles(root.getPath(), true);
      while (all.hasNext()) {
        LocatedFileStatus file = all.next();
        String below = file.getPath().toUri().getPath().substring(prefix.length());
        if (Arrays.stream(below.split("/", -1)).noneMatch(InputReader::isHidden)) {
          files.add(file);
        }
      }
    } catch (IOException e) {
      throw new JobException("Cannot list %s: %s".formatted(root.getPath(), e.getMessage()), e);
    }
  }

  private static boolean isHidden(String name) {
    return name.startsWith(".") || (name.startsWith("_") && !name.contains("="));
  }

  /**
   * The format that all these files have by their names.
   *
   * @throws JobException if there is no such format
   */
  static InputFormat formatOf(List<FileStatus> files) {
    Map<InputFormat, Path> examples = new EnumMap<>(InputFormat.class);
    for (FileStatus file : files) {
      InputFormat format =
          InputFormat.ofFileName(file.getPath().getName())
              .orElseThrow(
                  () ->
                      new JobException(
                          "Cannot tell the format of %s by its extension; name it with --input-format"
                              .formatted(file.getPath())));
      examples.putIfAbsent(format, file.getPath());
    }
    if (examples.size() > 1) {
      List<String> mixed =
          examples.entrySet().stream().map(e -> e.getKey() + " (" + e.getValue() + ")").toList();
      throw new JobException(
          "Cannot read %s together: give inputs of one format, or name it with --input-format"
              .formatted(String.join(" and ", mixed)));
    }
    return examples.keySet().iterator().next();
  }
}
