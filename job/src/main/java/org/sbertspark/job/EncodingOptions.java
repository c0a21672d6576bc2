package org.sbertspark.job;

import org.sbertspark.inference.ModelBundle;
import org.sbertspark.ml.SentenceEmbedder;
import picocli.CommandLine.Option;

/** How a column of texts becomes a column of vectors. */
final class EncodingOptions extends EmbedderOptions {
  @Option(
      names = "--output-type",
      paramLabel = "TYPE",
      defaultValue = "array",
      description = {
        "Type of the vectors: ${COMPLETION-CANDIDATES}.",
        "array is array<float>; vector is MLlib's, which JSON and ORC store as a struct."
            + " Default: ${DEFAULT-VALUE}."
      })
  OutputType outputType;

  @Option(
      names = "--handle-invalid",
      paramLabel = "POLICY",
      defaultValue = "keep",
      description = {
        "What becomes of a row whose text is null: ${COMPLETION-CANDIDATES}.",
        "keep: its vector is null; skip: it is dropped; error: the run fails."
            + " Default: ${DEFAULT-VALUE}."
      })
  InvalidRows handleInvalid;

  enum OutputType implements Choice {
    ARRAY,
    VECTOR;

    /** What a component of a vector takes in a file, about: digits hardly compress. */
    int bytesOfComponent(OutputFormat format) {
      if (format == OutputFormat.JSON) {
        return this == ARRAY ? 12 : 21;
      }
      return this == ARRAY ? Float.BYTES : Double.BYTES;
    }

    @Override
    public String toString() {
      return label();
    }
  }

  enum InvalidRows implements Choice {
    KEEP,
    SKIP,
    ERROR;

    @Override
    public String toString() {
      return label();
    }
  }

  @Override
  SentenceEmbedder embedder(ModelBundle model, String textColumn, String vectorColumn) {
    return super.embedder(model, textColumn, vectorColumn)
        .setOutputType(outputType.label())
        .setHandleInvalid(handleInvalid.label());
  }
}
