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

/**
 * Keeps vectors of different models apart: a cosine between two of them says nothing, and nobody
 * would notice.
 */
final class ModelAgreement {
  /** What a run's manifest calls the model that the compared vectors are of. */
  static final String MODEL = "model";

  private ModelAgreement() {}

  /** The schema of one root of the input by itself. */
  @FunctionalInterface
  interface SchemaOf {
    StructType read(Path root);
  }

  /**
   * What made this column in all inputs, as far as their manifests or the column's metadata tell.
   *
   * @param schemaOf asked only for roots without a manifest
   * @throws JobException if two inputs name different models, or different settings of one
   */
  static Optional<Embedding> ofInputs(
      List<Path> roots, String column, SchemaOf schemaOf, Configuration hadoop) {
    Map<String, Path> firstOf = new LinkedHashMap<>();
    Optional<Embedding> known = Optional.empty();
    for (Path root : roots) {
      Optional<Embedding> told =
          manifest(root, hadoop)
              .map(manifest -> manifest.embeddings().get(column))
              .or(() -> Columns.find(schemaOf.read(root), column).flatMap(Embedding::ofMetadata));
      if (told.isPresent()) {
        firstOf.putIfAbsent(told.get().fingerprint(), root);
        if (known.isEmpty()) {
          known = told;
        } else if (firstOf.size() == 1) {
          requireSameSettings(
              column, firstOf.values().iterator().next(), known.get(), root, told.get());
        }
      }
    }
    if (firstOf.size() > 1) {
      List<String> named =
          firstOf.entrySet().stream()
              .map(e -> "%s (model %s)".formatted(e.getValue(), Embedding.brief(e.getKey())))
              .toList();
      throw new JobException(
          "Cannot use column \"%s\" of %s together: their vectors are of different models or precisions; embed one of them anew"
              .formatted(column, String.join(" and ", named)));
    }
    return known;
  }

  private static void requireSameSettings(
      String column, Path first, Embedding ofFirst, Path other, Embedding ofOther) {
    ofFirst
        .difference(ofOther)
        .ifPresent(
            difference -> {
              throw new JobException(
                  "Cannot use column \"%s\" of %s and %s together: the first one's vectors were made with %s; embed one of them anew"
                      .formatted(column, first, other, difference));
            });
  }

  /**
   * Checks that vectors of two tables can be compared. They may have been made with different
   * prompts, as queries and documents are. What is not known is no obstacle.
   *
   * @throws JobException if they are of different models or have different dimensions
   */
  static void requireComparable(
      String column, String left, Embedding ofLeft, String right, Embedding ofRight) {
    if (!ofLeft.fingerprint().equals(ofRight.fingerprint())) {
      throw new JobException(
          "Cannot compare column \"%s\" of %s and %s: the vectors are of different models, %s and %s; embed one of them anew"
              .formatted(column, left, right, ofLeft.name(), ofRight.name()));
    }
    if (ofLeft.dimension() != 0
        && ofRight.dimension() != 0
        && ofLeft.dimension() != ofRight.dimension()) {
      throw new JobException(
          "Cannot compare column \"%s\" of %s and %s: the vectors have %d and %d components; embed one of them anew"
              .formatted(column, left, right, ofLeft.dimension(), ofRight.dimension()));
    }
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
   * @param embedding what made the new vectors, null if nothing tells
   * @param before the output's manifest
   * @throws JobException if those were made by another model or with other settings, or if nothing
   *     tells by which
   */
  static void checkAppend(String output, Manifest before, String column, Embedding embedding) {
    Embedding there = before.embeddings().get(column);
    if (there == null) {
      throw new JobException(
          "Cannot append to %s: its manifest knows no vectors in column \"%s\", it has: %s"
              .formatted(output, column, String.join(", ", before.embeddings().keySet())));
    }
    if (embedding == null) {
      throw new JobException(
          "Cannot append to %s: nothing tells whether the input's vectors are of its model %s"
              .formatted(output, there.name()));
    }
    // First: another precision is another fingerprint, too.
    refuse(output, there.precisionDifference(embedding));
    if (!there.fingerprint().equals(embedding.fingerprint())) {
      throw new JobException(
          "Cannot append to %s: its vectors are of model %s, not of %s"
              .formatted(output, there.name(), embedding.name()));
    }
    refuse(output, there.difference(embedding));
  }

  /**
   * Checks that scores may be added to those of an output: those of different models do not belong
   * into one table. What is not known is no obstacle.
   *
   * @param output as the user gave it
   * @param model of the vectors that were compared
   * @throws JobException if the last run there compared vectors of another model
   */
  static void checkAppendOfScores(
      String output, Optional<Manifest> before, Optional<Embedding> model) {
    if (before.isEmpty() || model.isEmpty()) {
      return;
    }
    Object there = before.get().runs().get(before.get().runs().size() - 1).get(MODEL);
    String mine = model.get().fingerprint();
    if (there != null && !there.equals(mine)) {
      throw new JobException(
          "Cannot append to %s: its pairs are of model %s, not of %s"
              .formatted(output, Embedding.brief(there.toString()), Embedding.brief(mine)));
    }
  }

  private static void refuse(String output, Optional<String> difference) {
    if (difference.isPresent()) {
      throw new JobException(
          "Cannot append to %s: its vectors were made with %s; give the same options, or write elsewhere"
              .formatted(output, difference.get()));
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
}
