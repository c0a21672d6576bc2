package org.sbertspark.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sbertspark.evaluation.PairedBootstrap;
import org.sbertspark.inference.Precision;
import org.sbertspark.job.JudgedModel.Result;
import org.sbertspark.job.Manifest.Embedding;

/**
 * Results in the shape of MTEB's files: {@code FOLDER/MODEL/REVISION/TASK.json}, and {@code
 * model_meta.json} beside. What MTEB knows nothing of stands under {@code sbert_spark}; languages
 * are not known here, and revisions of data sets only where a suite names them.
 */
final class MtebResults {
  /** In MTEB's words: its reader takes no null. */
  private static final String NO_REVISION = "dataset revision not available";

  /**
   * The version of MTEB whose files ours are like: its reader, which wants a version as PEP 440 has
   * it, tells older shapes by it. What follows the plus sign says that MTEB has not made the file.
   */
  private static final String SHAPE = "1.34.0+sbert.spark";

  private static final ObjectMapper JSON = new ObjectMapper();

  private MtebResults() {}

  /**
   * Writes the files of a model; those of the same model and tasks are replaced.
   *
   * @param folder of all results
   * @throws JobException if one cannot be written
   */
  static void write(JudgedModel model, UserFile folder) {
    Embedding embedding = model.embedding();
    String revision = revision(embedding);
    UserFile place =
        folder.child(model.name().replaceAll("[^A-Za-z0-9._-]+", "__")).child(revision);
    Map<String, Object> meta = new LinkedHashMap<>();
    meta.put("name", model.name());
    meta.put("revision", revision);
    meta.put("precision", embedding.precision());
    meta.put("max_tokens", embedding.maxSeqLength());
    meta.put("embed_dim", embedding.dimension());
    meta.put("framework", List.of("sbert-spark"));
    meta.put("similarity_fn_name", "cosine");
    write(meta, place.child("model_meta.json"));
    for (Result result : model.results()) {
      write(file(model, result), place.child(result.task().name() + ".json"));
    }
  }

  /** The hub's, if the vectors are those of its weights as they are; else the vectors' own. */
  static String revision(Embedding embedding) {
    return embedding.revision() == null || !Precision.FLOAT32.label().equals(embedding.precision())
        ? Embedding.brief(embedding.fingerprint())
        : embedding.revision();
  }

  /** A task's file. */
  static Map<String, Object> file(JudgedModel model, Result result) {
    Map<String, Object> scores = new LinkedHashMap<>();
    result.scores().scores().forEach((name, score) -> scores.put(name, number(score)));
    scores.put("main_score", number(result.scores().main()));
    scores.put("hf_subset", "default");
    scores.put("languages", List.of());
    Map<String, Object> ours = new LinkedHashMap<>();
    ours.put("version", BuildInfo.CURRENT.version());
    ours.put("task", result.task().options().task.label());
    ours.put("mainScore", result.scores().mainName());
    ours.put(result.scores().items(), result.scores().judged());
    ours.put("leftOut", result.scores().leftOut());
    ours.put("model", model.embedding());
    Map<String, Object> file = new LinkedHashMap<>();
    String revision = result.task().revision();
    file.put("dataset_revision", revision == null ? NO_REVISION : revision);
    file.put("task_name", result.task().name());
    file.put("mteb_version", SHAPE);
    file.put("scores", Map.of(split(result), List.of(scores)));
    file.put("evaluation_time", RunRecord.rounded(result.seconds()));
    file.put("kg_co2_emissions", null);
    file.put("sbert_spark", ours);
    return file;
  }

  private static String split(Result result) {
    String split = result.task().options().split;
    return split == null ? "test" : split;
  }

  /** JSON knows no NaN. */
  private static Double number(double value) {
    return Double.isFinite(value) ? value : null;
  }

  private static void write(Map<String, Object> content, UserFile file) {
    try {
      file.files().mkdirs(file.path().getParent());
      WholeFile.write(
          file.files(),
          file.path(),
          JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(content));
    } catch (IOException e) {
      throw new JobException("Cannot write %s: %s".formatted(file.given(), e.getMessage()), e);
    }
  }

  /**
   * The files of models as one line.
   *
   * @param differences of the second model from the first, for each task; empty for one model
   */
  static String line(List<JudgedModel> models, List<PairedBootstrap> differences) {
    List<Map<String, Object>> all = new ArrayList<>();
    for (JudgedModel model : models) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("model", model.name());
      entry.put("mean", number(model.mean()));
      entry.put("texts", model.totals().rowsIn());
      entry.put("tasks", model.results().stream().map(result -> file(model, result)).toList());
      if (!differences.isEmpty() && !all.isEmpty()) {
        entry.put("differences", differences.stream().map(MtebResults::difference).toList());
      }
      all.add(entry);
    }
    try {
      return JSON.writeValueAsString(all);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Results are JSON", e);
    }
  }

  /** Without an interval its ends are null. */
  private static Map<String, Object> difference(PairedBootstrap difference) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("difference", number(difference.difference()));
    entry.put("low", number(difference.low()));
    entry.put("high", number(difference.high()));
    entry.put("draws", difference.rounds());
    entry.put("tells_apart", difference.tellsApart());
    return entry;
  }
}
