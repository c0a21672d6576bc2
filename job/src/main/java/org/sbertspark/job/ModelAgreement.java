package org.sbertspark.job;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.types.StructType;
import org.sbertspark.job.Manifest.Embedding;
import org.sbertspark.ml.EmbeddingMetadata;

/**
 * Keeps vectors of different models apart: a cosine between two of them says nothing, and nobody
 * would notice.
 */
final class ModelAgreement {
  private ModelAgreement() {}

  /**
   * What is known of the vectors in an input.
   *
   * @param fingerprint of the model, if a manifest or the column's metadata tell it
   * @param embedding all that a manifest tells of it
   */
  record Known(Optional<String> fingerprint, Optional<Embedding> embedding) {}

  /** The schema of one root of the input by itself. */
  @FunctionalInterface
  interface SchemaOf {
    StructType read(Path root);
  }

  /**
   * The one model that made this column in all inputs.
   *
   * @param schemaOf asked only for roots without a manifest
   * @throws JobException if two inputs name different models
   */
  static Known ofInputs(List<Path> roots, String column, SchemaOf schemaOf, Configuration hadoop) {
    Map<String, Path> firstOf = new LinkedHashMap<>();
    Optional<Embedding> embedding = Optional.empty();
    for (Path root : roots) {
      Optional<Embedding> told =
          manifest(root, hadoop).map(manifest -> manifest.embeddings().get(column));
      Optional<String> fingerprint =
          told.map(Embedding::fingerprint)
              .or(
                  () ->
                      Columns.find(schemaOf.read(root), column)
                          .flatMap(EmbeddingMetadata::fingerprint));
      fingerprint.ifPresent(f -> firstOf.putIfAbsent(f, root));
      embedding = embedding.or(() -> told);
    }
    if (firstOf.size() > 1) {
      List<String> named =
          firstOf.entrySet().stream()
              .map(e -> "%s (model %s)".formatted(e.getValue(), brief(e.getKey())))
              .toList();
      throw new JobException(
          "Cannot use column \"%s\" of %s together: their vectors are of different models; embed one of them anew"
              .formatted(column, String.join(" and ", named)));
    }
    return new Known(firstOf.keySet().stream().findFirst(), embedding);
  }

  /** The manifests' entries for all columns of vectors in the inputs; the first one told wins. */
  static Map<String, Embedding> carriedOver(
      List<Path> roots, StructType schema, Configuration hadoop) {
    Map<String, Embedding> carried = new LinkedHashMap<>();
    for (Path root : roots) {
      manifest(root, hadoop)
          .ifPresent(
              manifest ->
                  manifest
                      .embeddings()
                      .forEach(
                          (column, embedding) -> {
                            if (Columns.has(schema, column)) {
                              carried.putIfAbsent(column, embedding);
                            }
                          }));
    }
    return carried;
  }

  /**
   * Checks that vectors may be added to those of an output.
   *
   * @param output as the user gave it
   * @throws JobException if those were made by another model or with another length limit, or if
   *     nothing tells by which
   */
  static void checkAppend(
      String output, Optional<Manifest> before, String column, Embedding embedding) {
    Manifest manifest =
        before.orElseThrow(
            () ->
                new JobException(
                    "Cannot append to %s: it has no %s, so nothing tells which model its vectors are of"
                        .formatted(output, Manifest.FILE_NAME)));
    Embedding there = manifest.embeddings().get(column);
    if (there == null) {
      throw new JobException(
          "Cannot append to %s: its manifest knows no vectors in column \"%s\", it has: %s"
              .formatted(output, column, String.join(", ", manifest.embeddings().keySet())));
    }
    if (!there.fingerprint().equals(embedding.fingerprint())) {
      throw new JobException(
          "Cannot append to %s: its vectors are of model %s (%s), not of %s (%s)"
              .formatted(
                  output,
                  there.source(),
                  brief(there.fingerprint()),
                  embedding.source(),
                  brief(embedding.fingerprint())));
    }
    if (!there.agreesWith(embedding)) {
      throw new JobException(
          "Cannot append to %s: its texts were read up to %d tokens in %s, not %d in %s"
              .formatted(
                  output,
                  there.maxSeqLength(),
                  there.precision(),
                  embedding.maxSeqLength(),
                  embedding.precision()));
    }
  }

  /** The manifest of a root, which for a single file is that of its folder. */
  private static Optional<Manifest> manifest(Path root, Configuration hadoop) {
    try {
      FileSystem files = root.getFileSystem(hadoop);
      Path folder = files.getFileStatus(root).isFile() ? root.getParent() : root;
      return Manifest.find(files, folder);
    } catch (IOException e) {
      throw new JobException("Cannot look at %s: %s".formatted(root, e.getMessage()), e);
    }
  }

  private static String brief(String fingerprint) {
    return fingerprint.substring(0, Math.min(12, fingerprint.length()));
  }
}
