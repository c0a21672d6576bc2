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
 * fingerprint of the model that made it and the length of its vectors. Parquet and ORC files keep
 * it; JSON and CSV lose it.
 */
public final class EmbeddingMetadata {
  public static final String KEY = "sbert_spark";
  private static final String FINGERPRINT = "model_fingerprint";
  private static final String DIMENSION = "dimension";

  private EmbeddingMetadata() {}

  /** The fingerprint of the model that made this column, if it says so. */
  public static Optional<String> fingerprint(StructField column) {
    return own(column).filter(own -> own.contains(FINGERPRINT)).map(o -> o.getString(FINGERPRINT));
  }

  /** The length of the column's vectors, if it says so. */
  public static OptionalInt dimension(StructField column) {
    return own(column)
        .filter(own -> own.contains(DIMENSION))
        .map(own -> OptionalInt.of(Math.toIntExact(own.getLong(DIMENSION))))
        .orElse(OptionalInt.empty());
  }

  /** The metadata of a new column; a vector column also tells MLlib its size. */
  static Metadata of(ModelBundle model, String column, OutputType type) {
    Metadata own =
        new MetadataBuilder()
            .putString(FINGERPRINT, model.fingerprint())
            .putLong(DIMENSION, model.dimension())
            .build();
    Metadata metadata = new MetadataBuilder().putMetadata(KEY, own).build();
    return type == OutputType.VECTOR
        ? new AttributeGroup(column, model.dimension()).toMetadata(metadata)
        : metadata;
  }

  private static Optional<Metadata> own(StructField column) {
    Metadata metadata = column.metadata();
    return metadata.contains(KEY) ? Optional.of(metadata.getMetadata(KEY)) : Optional.empty();
  }
}
