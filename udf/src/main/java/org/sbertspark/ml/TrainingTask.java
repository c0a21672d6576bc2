package org.sbertspark.ml;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileUtil;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.util.SerializableConfiguration;
import org.apache.spark.util.Utils;
import org.sbertspark.inference.DeviceChoice;
import org.sbertspark.model.ModelException;
import org.sbertspark.model.ModelFolder;
import org.sbertspark.training.CheckpointStore;
import org.sbertspark.training.DevSet;
import org.sbertspark.training.ExampleFile;
import org.sbertspark.training.StepMetrics;
import org.sbertspark.training.TrainedFolder;
import org.sbertspark.training.Trainer;
import org.sbertspark.training.TrainingException;
import org.sbertspark.training.TrainingRecipe;
import org.sbertspark.training.TrainingReport;

/**
 * What runs in the one task of a training: spills the examples to this machine's disk, trains on
 * them, and writes the model folder. Gives one line of JSON, a {@link Result}.
 *
 * @param baseName what people call the model to start from
 * @param names of the data sets, by the number in a row's first column
 * @param weights of the data sets
 * @param dev null for none
 * @param checkpoint folder of a file system that Hadoop knows; null for none
 * @param output folder of a file system that Hadoop knows, which does not exist yet
 * @param threads 0: one for each processor of the executor's machine
 */
record TrainingTask(
    ShippedFolder base,
    String baseName,
    TrainingRecipe recipe,
    List<String> names,
    List<Integer> weights,
    DevSet dev,
    int evalSteps,
    int patience,
    String checkpoint,
    int checkpointSteps,
    String output,
    DeviceChoice device,
    int threads,
    SerializableConfiguration hadoop,
    TrainingProgress.Latest progress)
    implements MapPartitionsFunction<Row, String> {

  /** In the model's folder: a line of JSON for each step. */
  static final String METRICS = TrainedFolder.METRICS;

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * How a training ended.
   *
   * @param error a line for people: the data or the recipe is at fault, and another attempt would
   *     fail alike; null if there was none
   * @param summary null after an error
   */
  record Result(String error, Trainer.Summary summary) {
    static Result read(String json) throws IOException {
      return JSON.readValue(json, Result.class);
    }
  }

  @Override
  public Iterator<String> call(Iterator<Row> rows) throws Exception {
    // A cluster deletes there what a killed executor leaves: texts, and weights five times.
    Path local = Path.of(Utils.getLocalDir(SparkEnv.get().conf()));
    Path work = Files.createTempDirectory(local, "training-");
    List<ExampleFile> sets = new ArrayList<>();
    try {
      spill(rows, work, sets);
      return List.of(JSON.writeValueAsString(new Result(null, train(work, sets)))).iterator();
    } catch (IllegalArgumentException | TrainingException | ModelException e) {
      return List.of(JSON.writeValueAsString(new Result(e.getMessage(), null))).iterator();
    } finally {
      for (ExampleFile set : sets) {
        set.close();
      }
      FileUtil.fullyDelete(work.toFile());
    }
  }

  private void spill(Iterator<Row> rows, Path work, List<ExampleFile> sets) throws IOException {
    List<ExampleFile.Writer> writers = new ArrayList<>();
    try {
      for (int set = 0; set < names.size(); set++) {
        writers.add(ExampleFile.create(work.resolve("examples-" + set), names.get(set)));
      }
      while (rows.hasNext()) {
        Row row = rows.next();
        writers.get(row.getInt(0)).add(row.getList(1));
      }
      for (ExampleFile.Writer writer : writers) {
        sets.add(writer.finish());
      }
    } finally {
      for (ExampleFile.Writer writer : writers) {
        writer.close();
      }
    }
  }

  private Trainer.Summary train(Path work, List<ExampleFile> sets) throws IOException {
    Configuration conf = hadoop.value();
    TaskContext task = TaskContext.get();
    ModelFolder start = ModelFolder.open(base.local(work));
    Trainer.Plan plan =
        new Trainer.Plan(
            start,
            TaskDevice.of(task, device),
            threads > 0 ? threads : Runtime.getRuntime().availableProcessors(),
            recipe,
            sets,
            weights,
            Optional.ofNullable(dev),
            evalSteps,
            patience,
            Optional.ofNullable(checkpoint)
                .map(folder -> (CheckpointStore) new HadoopCheckpoints(folder, conf)),
            checkpointSteps,
            work);
    try (Trainer trainer = new Trainer(plan, told(task))) {
      Trainer.Summary summary = trainer.run();
      Path trained = work.resolve("trained");
      TrainedFolder.write(start.folder(), trained, trainer.weights(), report(sets, summary));
      Files.copy(trainer.metrics(), trained.resolve(METRICS));
      HadoopFolders.publish(trained, new org.apache.hadoop.fs.Path(output), conf);
      return summary;
    }
  }

  private Trainer.Listener told(TaskContext task) {
    long start = System.nanoTime();
    return new Trainer.Listener() {
      private long made;

      @Override
      public void onStep(StepMetrics step, long steps) {
        task.killTaskIfInterrupted();
        made++;
        progress.add(
            new TrainingProgress.Step(step, steps, made, (System.nanoTime() - start) / 1e9));
      }
    };
  }

  private TrainingReport report(List<ExampleFile> sets, Trainer.Summary summary) {
    List<TrainingReport.DataSet> described = new ArrayList<>();
    for (int i = 0; i < sets.size(); i++) {
      ExampleFile set = sets.get(i);
      described.add(
          new TrainingReport.DataSet(set.name(), set.size(), set.texts(), weights.get(i)));
    }
    return new TrainingReport(baseName, recipe, described, summary.steps(), results(summary));
  }

  /** What the dev set said, as far as it was asked. */
  static Map<String, Double> results(Trainer.Summary summary) {
    Map<String, Double> results = new TreeMap<>();
    if (summary.startDev() != null) {
      results.put("Spearman correlation on the dev set before training", summary.startDev());
    }
    if (summary.bestDev() != null) {
      results.put("Spearman correlation on the dev set", summary.bestDev());
    }
    return results;
  }
}
