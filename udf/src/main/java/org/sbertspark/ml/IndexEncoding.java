package org.sbertspark.ml;

import java.util.Optional;
import org.apache.spark.sql.types.StructField;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.inference.Precision;

/**
 * How the vectors of an index were made, as far as that is known; what makes queries' vectors in
 * the same way.
 *
 * @param fingerprint of the model and the precision; empty if nothing tells
 * @param dimension after truncation; 0: not known
 * @param maxSeqLength tokens of a text that were read at most; 0: not known
 * @param normalize whether vectors were scaled to length 1 beyond what the model does
 */
public record IndexEncoding(
    Optional<String> fingerprint,
    int dimension,
    int maxSeqLength,
    boolean normalize,
    Precision precision) {

  /** Of vectors of which nothing is known. */
  public static final IndexEncoding UNKNOWN =
      new IndexEncoding(Optional.empty(), 0, 0, false, Precision.FLOAT32);

  /** The name under which models keep the prompt for queries. */
  public static final String QUERY_PROMPT = "query";

  /** What the column says of itself, see {@link EmbeddingMetadata}. */
  static IndexEncoding ofColumn(StructField column) {
    return new IndexEncoding(
        EmbeddingMetadata.fingerprint(column),
        EmbeddingMetadata.dimension(column).orElse(0),
        EmbeddingMetadata.maxSeqLength(column).orElse(0),
        EmbeddingMetadata.normalize(column),
        EmbeddingMetadata.precision(column).map(Precision::of).orElse(Precision.FLOAT32));
  }

  /**
   * The stage that makes vectors of queries as those of the index were made, but for the prompt:
   * the model's prompt {@code query} if it has one, else its default prompt. Columns are still to
   * be set.
   *
   * @param index its name, for the message
   * @throws IllegalArgumentException if the index's vectors are of another model
   */
  public SentenceEmbedder embedder(ModelBundle model, String index) {
    String mine = model.fingerprint(precision);
    if (fingerprint.isPresent() && !fingerprint.get().equals(mine)) {
      throw new IllegalArgumentException(
          "Cannot search %s with model %s: its vectors are of model %s, not of %s; use that model, or embed the index anew"
              .formatted(index, model.name(), brief(fingerprint.get()), brief(mine)));
    }
    SentenceEmbedder embedder =
        new SentenceEmbedder()
            // The bundle itself: what a name means may change meanwhile.
            .setModel(model.file().toString())
            .setOutputType(OutputType.ARRAY.label())
            .setMaxSeqLength(maxSeqLength)
            .setTruncateDim(dimension == model.dimension() ? 0 : dimension)
            .setNormalize(normalize)
            .setPrecision(precision.label());
    return model.prompts().containsKey(QUERY_PROMPT)
        ? embedder.setPromptName(QUERY_PROMPT)
        : embedder;
  }

  private static String brief(String fingerprint) {
    return fingerprint.substring(0, Math.min(12, fingerprint.length()));
  }
}
