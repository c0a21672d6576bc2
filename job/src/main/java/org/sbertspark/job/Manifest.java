package org.sbertspark.job;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.types.StructField;
import org.sbertspark.inference.Precision;
import org.sbertspark.ml.EmbeddingMetadata;

/**
 * What an output says of itself: the file {@value #FILE_NAME} inside its folder, which Spark's
 * readers leave alone because of its first letter.
 *
 * @param formatVersion {@value #FORMAT_VERSION}; it rises when a reader of the old one would go
 *     wrong, new keys do not raise it
 * @param format the format of the data files: parquet, json or orc
 * @param schema the columns as Spark DDL
 * @param rows rows in the folder, of all runs together
 * @param embeddings the columns with vectors, and what made them
 * @param runs what each run did, the first one first: its options, versions, counts and times
 */
@JsonPropertyOrder({"formatVersion", "format", "schema", "rows", "embeddings", "runs"})
@JsonIgnoreProperties(ignoreUnknown = true)
record Manifest(
    int formatVersion,
    String format,
    String schema,
    long rows,
    Map<String, Embedding> embeddings,
    List<Map<String, Object>> runs) {

  static final String FILE_NAME = "_sbert_manifest.json";
  static final int FORMAT_VERSION = 1;

  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .disable(JsonParser.Feature.INCLUDE_SOURCE_IN_LOCATION);

  Manifest {
    embeddings = Collections.unmodifiableMap(new LinkedHashMap<>(embeddings));
    runs = List.copyOf(runs);
  }

  /**
   * The model of a column of vectors.
   *
   * <p>Where a column's metadata is all that is known, source and type are not there.
   *
   * @param fingerprint 64 hexadecimal digits over everything that decides the vectors
   * @param source where the model came from, as the user gave it
   * @param revision the commit of a model from the hub; null for others
   * @param dimension after truncation
   * @param maxSeqLength tokens of a text that were read at most; 0: not known
   * @param prompt that stood in front of every text; empty for none
   * @param normalize whether the vectors were scaled to length 1 beyond what the model does
   * @param modelType the model_type of its config.json
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_DEFAULT)
  record Embedding(
      String fingerprint,
      String source,
      String revision,
      int dimension,
      int maxSeqLength,
      String prompt,
      boolean normalize,
      String modelType,
      String precision) {

    Embedding {
      // Of a manifest from before there were prompts.
      prompt = prompt == null ? "" : prompt;
    }

    /** What a column's own metadata tells. */
    static Optional<Embedding> ofMetadata(StructField column) {
      return EmbeddingMetadata.fingerprint(column)
          .map(
              fingerprint ->
                  new Embedding(
                      fingerprint,
                      null,
                      null,
                      EmbeddingMetadata.dimension(column).orElse(0),
                      EmbeddingMetadata.maxSeqLength(column).orElse(0),
                      EmbeddingMetadata.prompt(column),
                      EmbeddingMetadata.normalize(column),
                      null,
                      EmbeddingMetadata.precision(column).orElse(null)));
    }

    /**
     * Why vectors of this and another setting of the same model may not stand in one column, as the
     * end of a sentence; empty if they may. What is not known is no obstacle.
     */
    Optional<String> difference(Embedding other) {
      if (dimension != 0 && other.dimension != 0 && dimension != other.dimension) {
        return differ("dimension", dimension, other.dimension);
      }
      if (maxSeqLength != 0 && other.maxSeqLength != 0 && maxSeqLength != other.maxSeqLength) {
        return differ("maxSeqLength", maxSeqLength, other.maxSeqLength);
      }
      if (!prompt.equals(other.prompt)) {
        return differ("prompt", quoted(prompt), quoted(other.prompt));
      }
      if (normalize != other.normalize) {
        return differ("normalize", normalize, other.normalize);
      }
      return precisionDifference(other);
    }

    /** As {@link #difference}, of the precision alone. */
    Optional<String> precisionDifference(Embedding other) {
      return precision == null || other.precision == null || precision.equals(other.precision)
          ? Optional.empty()
          : differ("precision", precision, other.precision);
    }

    private static Optional<String> differ(String setting, Object mine, Object others) {
      return Optional.of("%s %s, not %s".formatted(setting, mine, others));
    }

    private static String quoted(String prompt) {
      return '"' + prompt + '"';
    }

    /**
     * For messages: the source as far as it is known, the first digits of the fingerprint, and a
     * precision that is not the usual one.
     */
    String name() {
      String print = brief(fingerprint);
      if (precision != null && !precision.equals(Precision.FLOAT32.label())) {
        print += ", " + precision;
      }
      return source == null ? print : source + " (" + print + ")";
    }

    static String brief(String fingerprint) {
      return fingerprint.substring(0, Math.min(12, fingerprint.length()));
    }
  }

  /** The manifest of an output's first run. */
  static Manifest first(
      String format,
      String schema,
      long rows,
      Map<String, Embedding> embeddings,
      Map<String, Object> run) {
    return new Manifest(FORMAT_VERSION, format, schema, rows, embeddings, List.of(run));
  }

  /** This manifest after another run has added rows. */
  Manifest plus(long moreRows, Map<String, Object> run) {
    List<Map<String, Object>> more = new ArrayList<>(runs);
    more.add(run);
    return new Manifest(formatVersion, format, schema, rows + moreRows, embeddings, more);
  }

  /**
   * The manifest in this folder, if there is one.
   *
   * @throws JobException if it cannot be understood
   */
  static Optional<Manifest> find(FileSystem files, Path folder) {
    Path file = new Path(folder, FILE_NAME);
    try {
      if (!files.exists(file)) {
        return Optional.empty();
      }
      try (InputStream in = files.open(file)) {
        Manifest manifest = JSON.readValue(in.readAllBytes(), Manifest.class);
        if (manifest.formatVersion > FORMAT_VERSION) {
          throw new JobException(
              "Cannot read %s: it has format version %d, this sbert-spark knows %d; use a newer one"
                  .formatted(file, manifest.formatVersion, FORMAT_VERSION));
        }
        return Optional.of(manifest);
      }
    } catch (JsonProcessingException e) {
      throw new JobException("Cannot read %s: it is no manifest of sbert-spark".formatted(file), e);
    } catch (IOException e) {
      throw new JobException("Cannot read %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  /** Writes it into this folder; whoever reads meanwhile sees the old one or the new one. */
  void write(FileSystem files, Path folder) {
    Path file = new Path(folder, FILE_NAME);
    try {
      WholeFile.write(files, file, JSON.writeValueAsBytes(this));
    } catch (IOException e) {
      throw new JobException("Cannot write %s: %s".formatted(file, e.getMessage()), e);
    }
  }
}
