package org.sbertspark.ml;

import java.util.Optional;
import java.util.OptionalInt;
import org.apache.spark.ml.attribute.AttributeGroup;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.MetadataBuilder;
import org.apache.spark.sql.types.StructField;
import org.sbertspark.inference.ModelBundle;

/**
 * What an embedding column says of itself in its schema: the object {@value #KEY} with the
 * fingerprint of the model that made it and what else decides its vectors: {@code dimension} (after
 * truncation), {@code max_seq_length}, {@code prompt}, {@code normalize}, {@code precision}.
 * Parquet files keep it; those of ORC, JSON and CSV lose it.
 */
public final class EmbeddingMetadata {
  public static final String KEY = "sbert_spark";
  private static final String FINGERPRINT = "model_fingerprint";
  private static final String DIMENSION = "dimension";
  private static final String MAX_SEQ_LENGTH = "max_seq_length";
  private static final String PROMPT = "prompt";
  private static final String NORMALIZE = "normalize";
  private static final String PRECISION = "precision";

  private EmbeddingMetadata() {}

  /**
   * The fingerprint of the model that made this column, if it says so; it tells precisions apart.
   */
  public static Optional<String> fingerprint(StructField column) {
    return own(column).filter(own -> own.contains(FINGERPRINT)).map(o -> o.getString(FINGERPRINT));
  }

  /** The length of the column's vectors, if it says so. */
  public static OptionalInt dimension(StructField column) {
    return number(column, DIMENSION);
  }

  /** Tokens of a text that were read at most, if the column says so. */
  public static OptionalInt maxSeqLength(StructField column) {
    return number(column, MAX_SEQ_LENGTH);
  }

  /** What stood in front of every text; empty for nothing. */
  public static String prompt(StructField column) {
    return own(column).filter(own -> own.contains(PROMPT)).map(o -> o.getString(PROMPT)).orElse("");
  }

  /** Whether the vectors were scaled to length 1 beyond what the model does. */
  public static boolean normalize(StructField column) {
    return own(column).filter(o -> o.contains(NORMALIZE) && o.getBoolean(NORMALIZE)).isPresent();
  }

  /** The arithmetic that the vectors were computed with, if the column says so. */
  public static Optional<String> precision(StructField column) {
    return own(column).filter(own -> own.contains(PRECISION)).map(o -> o.getString(PRECISION));
  }

  private static OptionalInt number(StructField column, String key) {
    return own(column)
        .filter(own -> own.contains(key))
        .map(own -> OptionalInt.of(Math.toIntExact(own.getLong(key))))
        .orElse(OptionalInt.empty());
  }

  /** The metadata of a new column; a vector column also tells MLlib its size. */
  static Metadata of(ModelBundle model, EncodingSettings settings, String column, OutputType type) {
    int dimension = settings.dimension(model);
    Metadata own =
        new MetadataBuilder()
            .putString(FINGERPRINT, model.fingerprint(settings.precision()))
            .putLong(DIMENSION, dimension)
            .putLong(MAX_SEQ_LENGTH, settings.maxSeqLength(model))
            .putString(PROMPT, settings.prompt())
            .putBoolean(NORMALIZE, settings.normalize())
            .putString(PRECISION, settings.precision().label())
            .build();
    Metadata metadata = new MetadataBuilder().putMetadata(KEY, own).build();
    return type == OutputType.VECTOR
        ? new AttributeGroup(column, dimension).toMetadata(metadata)
        : metadata;
  }

  private static Optional<Metadata> own(StructField column) {
    Metadata metadata = column.metadata();
    return metadata.contains(KEY) ? Optional.of(metadata.getMetadata(KEY)) : Optional.empty();
  }
}
