package org.sbertspark.job;

import java.util.Optional;
import org.sbertspark.inference.ModelBundle;
import org.sbertspark.inference.Precision;
import org.sbertspark.job.Manifest.Embedding;
import org.sbertspark.ml.IndexEncoding;
import org.sbertspark.ml.ResolvedModel;
import org.sbertspark.ml.SentenceEmbedder;
import org.sbertspark.model.ModelException;
import org.sbertspark.model.hub.HubId;

/**
 * The model that queries are embedded with.
 *
 * @param location where it was found, as the user or the index's manifest says
 * @param embedder makes vectors like those of the index; its columns are still to be set
 * @param prompt that stands in front of every query; empty for none
 */
record SearchModel(String location, ModelBundle bundle, SentenceEmbedder embedder, String prompt) {

  /**
   * Finds the model.
   *
   * @param given by the user; null: the one that the index's manifest names
   * @throws JobException if nothing tells which model it is, or if it is not where it was
   * @throws IllegalArgumentException if it is not the index's model, or has no such prompt
   */
  static SearchModel of(VectorTable index, String given, HubOptions hub, PromptOptions prompts) {
    String location =
        Optional.ofNullable(given)
            .or(() -> index.embedding().flatMap(SearchModel::location))
            .orElseThrow(
                () ->
                    new JobException(
                        "Cannot search %s: nothing tells which model made its vectors; name it with --model"
                            .formatted(index.paths())));
    ResolvedModel resolved;
    try {
      resolved = hub.resolve(location);
    } catch (ModelException e) {
      if (given != null) {
        throw e;
      }
      throw new JobException(
          "Cannot search %s: its model is no longer where its manifest says; name it with --model (%s)"
              .formatted(index.paths(), e.getMessage()),
          e);
    }
    ModelBundle bundle = resolved.bundle();
    SentenceEmbedder embedder =
        index
            .embedding()
            .map(SearchModel::encoding)
            .orElse(IndexEncoding.UNKNOWN)
            .embedder(bundle, index.paths());
    prompts.set(embedder);
    return new SearchModel(location, bundle, embedder, embedder.chosenPrompt(bundle));
  }

  /** A model from the hub at the commit that it was of. */
  private static Optional<String> location(Embedding embedding) {
    return Optional.ofNullable(embedding.source())
        .map(
            source ->
                embedding.revision() == null
                    ? source
                    : HubId.parse(source).repo() + "@" + embedding.revision());
  }

  private static IndexEncoding encoding(Embedding embedding) {
    return new IndexEncoding(
        Optional.of(embedding.fingerprint()),
        embedding.dimension(),
        embedding.maxSeqLength(),
        embedding.normalize(),
        embedding.precision() == null ? Precision.FLOAT32 : Precision.of(embedding.precision()));
  }

  String fingerprint() {
    return bundle.fingerprint(Precision.of(embedder.getPrecision()));
  }

  /** In a line, with the prompt. */
  String line() {
    return "Queries embedded with %s (%s), %s"
        .formatted(
            bundle.name(),
            Embedding.brief(fingerprint()),
            prompt.isEmpty() ? "without a prompt" : "with the prompt \"" + prompt + "\"");
  }
}
