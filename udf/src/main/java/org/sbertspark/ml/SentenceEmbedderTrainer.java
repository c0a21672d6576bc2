package org.sbertspark.ml;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkContext;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.StringArrayParam;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;
import org.sbertspark.inference.DeviceChoice;
import org.sbertspark.model.ModelException;
import org.sbertspark.model.ModelFolder;
import org.sbertspark.training.DevSet;
import org.sbertspark.training.TrainingException;
import org.sbertspark.training.TrainingRecipe;

/**
 * Trains a sentence-transformers model on pairs of texts that mean the same, by the multiple
 * negatives ranking loss, and gives a {@link SentenceEmbedder} with the result.
 *
 * <pre>{@code
 * SentenceEmbedder trained =
 *     new SentenceEmbedderTrainer()
 *         .setModel("all-distilroberta-v1")
 *         .setTextCols("question", "answer")
 *         .setOutput("hdfs:///models/ours")
 *         .fit(pairs);
 * }</pre>
 *
 * <p>The data comes from Spark and is never collected, but one executor trains: with all the cores
 * that Spark gives it, or with its GPU. It keeps the examples on its disk, in Spark's local folder,
 * and weights, gradients and two moments of them in native memory: 16 bytes a weight, and what a
 * batch needs. Give it the whole executor; other tasks beside it take its time.
 *
 * <p>Equal data, recipe and seed give the same model on the same kind of machine, in whatever order
 * and partitions the data comes.
 */
public final class SentenceEmbedderTrainer extends Estimator<SentenceEmbedder>
    implements DefaultParamsWritable {
  private static final long serialVersionUID = 1L;

  public static final int DEFAULT_EVAL_STEPS = 500;
  public static final int DEFAULT_CHECKPOINT_STEPS = 500;

  private static final String SET = "set";
  private static final String TEXTS = "texts";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String uid;
  private final Param<String> model;
  private final Param<String> output;
  private final StringArrayParam textCols;
  private final Param<String> outputCol;
  private final Param<String> recipe;
  private final Param<String> checkpoint;
  private final IntParam checkpointSteps;
  private final IntParam evalSteps;
  private final IntParam patience;
  private final Param<String> device;
  private final IntParam threads;

  /** Null for none. A table is no value of a Param: copies have it, what is saved has not. */
  private transient Dataset<Row> dev;

  public SentenceEmbedderTrainer() {
    this(Identifiable$.MODULE$.randomUID("sentenceEmbedderTrainer"));
  }

  /** For {@link #copy} and for loading. */
  public SentenceEmbedderTrainer(String uid) {
    this.uid = uid;
    StageParams params = new StageParams(this);
    model =
        params.text(
            "model",
            "the model to start from: a sentence-transformers folder, local or on a file system of"
                + " Hadoop, or its name on the Hugging Face hub");
    output =
        params.text(
            "output",
            "folder for the trained model, which must not exist yet; on a cluster on a file system"
                + " that all machines see");
    textCols =
        new StringArrayParam(
            this,
            "textCols",
            "names of the text columns: anchor, positive, then hard negatives, if there are any");
    outputCol = params.text("outputCol", "name of the trained stage's embedding column");
    recipe = params.text("recipe", "how to train, as JSON of a TrainingRecipe");
    checkpoint =
        params.text(
            "checkpoint",
            "folder for checkpoints, on a cluster on a file system that all machines see; a"
                + " training that was cut off goes on from the last one");
    checkpointSteps = params.number("checkpointSteps", "steps from one checkpoint to the next", 1);
    evalSteps =
        params.number("evalSteps", "steps from one evaluation on the dev set to the next", 1);
    patience =
        params.number(
            "patience",
            "evaluations on the dev set without a better one after which training stops; 0: never",
            0);
    device = params.text("device", "where to train: " + DeviceChoice.LABELS);
    threads =
        params.number(
            "threads", "threads that train; 0: one for each core that Spark gives the executor", 0);
    setDefault(outputCol, "embedding");
    setDefault(recipe, json(TrainingRecipe.CARD));
    setDefault(checkpointSteps, DEFAULT_CHECKPOINT_STEPS);
    setDefault(evalSteps, DEFAULT_EVAL_STEPS);
    setDefault(patience, 0);
    setDefault(device, DeviceChoice.AUTO.label());
    setDefault(threads, 0);
  }

  @Override
  public String uid() {
    return uid;
  }

  public Param<String> model() {
    return model;
  }

  public Param<String> output() {
    return output;
  }

  public StringArrayParam textCols() {
    return textCols;
  }

  public Param<String> outputCol() {
    return outputCol;
  }

  public Param<String> recipe() {
    return recipe;
  }

  public Param<String> checkpoint() {
    return checkpoint;
  }

  public IntParam checkpointSteps() {
    return checkpointSteps;
  }

  public IntParam evalSteps() {
    return evalSteps;
  }

  public IntParam patience() {
    return patience;
  }

  public Param<String> device() {
    return device;
  }

  public IntParam threads() {
    return threads;
  }

  public SentenceEmbedderTrainer setModel(String value) {
    set(model, value);
    return this;
  }

  public SentenceEmbedderTrainer setOutput(String value) {
    set(output, value);
    return this;
  }

  /** Anchor, positive, then hard negatives. */
  public SentenceEmbedderTrainer setTextCols(String... values) {
    set(textCols, values);
    return this;
  }

  public SentenceEmbedderTrainer setOutputCol(String value) {
    set(outputCol, value);
    return this;
  }

  public TrainingRecipe getRecipe() {
    try {
      return JSON.readValue(getOrDefault(recipe), TrainingRecipe.class);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "recipe is no JSON of a training recipe: " + e.getOriginalMessage(), e);
    }
  }

  public SentenceEmbedderTrainer setRecipe(TrainingRecipe value) {
    set(recipe, json(value));
    return this;
  }

  private static String json(TrainingRecipe recipe) {
    try {
      return JSON.writeValueAsString(recipe);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  public SentenceEmbedderTrainer setCheckpoint(String value) {
    set(checkpoint, value);
    return this;
  }

  public SentenceEmbedderTrainer setCheckpointSteps(int value) {
    set(checkpointSteps, value);
    return this;
  }

  /**
   * Pairs that tell {@link #fit} how good the model is: the best one is the result, and {@link
   * #setPatience} may end the training early. Not a Param, and not saved with the stage; {@link
   * #train} is given its own.
   *
   * @param pairs as {@link DevTable#read} takes them
   */
  public SentenceEmbedderTrainer setDev(Dataset<Row> pairs) {
    dev = pairs;
    return this;
  }

  public SentenceEmbedderTrainer setEvalSteps(int value) {
    set(evalSteps, value);
    return this;
  }

  public SentenceEmbedderTrainer setPatience(int value) {
    set(patience, value);
    return this;
  }

  public SentenceEmbedderTrainer setDevice(String value) {
    set(device, value);
    return this;
  }

  public SentenceEmbedderTrainer setThreads(int value) {
    set(threads, value);
    return this;
  }

  /**
   * Trains on one data set; null texts are refused. Without {@link #setDev} the last weights are
   * the result, and evalSteps and patience are refused.
   */
  @Override
  public SentenceEmbedder fit(Dataset<?> dataset) {
    transformSchema(dataset.schema());
    if (dev == null) {
      requireNotSet(evalSteps);
      requireNotSet(patience);
    }
    Optional<DevSet> judged = Optional.ofNullable(dev).map(DevTable::read);
    List<String> columns = Arrays.asList(getOrDefault(textCols));
    TrainingSet only = new TrainingSet("pairs", dataset.toDF(), columns, 1);
    TrainingProgress silent =
        TrainingProgress.register(dataset.sparkSession().sparkContext(), uid + " steps");
    TrainingOutcome outcome = train(List.of(only), judged, HubAccess.DEFAULT, silent);
    return copyValues(new SentenceEmbedder(uid), ParamMap.empty())
        .setModel(outcome.model())
        .setInputCol(columns.get(0))
        .setOutputCol(getOrDefault(outputCol))
        .setParent(this);
  }

  private void requireNotSet(IntParam ofDevSet) {
    if (isSet(ofDevSet)) {
      throw new IllegalArgumentException(
          "Cannot fit with %s = %s: there is no dev set; clear it, or give one with setDev"
              .formatted(ofDevSet.name(), getOrDefault(ofDevSet)));
    }
  }

  /**
   * Trains on any number of data sets.
   *
   * @param dev pairs with scores, which tell how good the model is; the best one is the result
   * @param progress of this training
   * @throws IllegalArgumentException if the output exists, a column is missing or no text, or the
   *     data is too small for the recipe
   * @throws ModelException if the model cannot be trained
   * @throws TrainingException if training diverges, or the checkpoint is of another training
   */
  public TrainingOutcome train(
      List<TrainingSet> sets, Optional<DevSet> dev, HubAccess hub, TrainingProgress progress) {
    if (sets.isEmpty()) {
      throw new IllegalArgumentException("There is no data set to train on, expected one at least");
    }
    SparkSession spark = sets.get(0).rows().sparkSession();
    Configuration hadoop = spark.sessionState().newHadoopConf();
    Path target = absent(StageParams.required(this, output, "train"), hadoop);
    if (isDefined(checkpoint)) {
      requireApart(target.toString(), getOrDefault(checkpoint), hadoop);
    }
    Dataset<Row> examples = examples(sets);
    return DriverModels.withFolder(
        StageParams.required(this, model, "train"),
        hadoop,
        hub,
        folder -> train(spark, folder, examples, sets, dev, target, hadoop, progress));
  }

  private TrainingOutcome train(
      SparkSession spark,
      java.nio.file.Path folder,
      Dataset<Row> examples,
      List<TrainingSet> sets,
      Optional<DevSet> dev,
      Path target,
      Configuration hadoop,
      TrainingProgress progress) {
    ModelFolder base = ModelFolder.open(folder);
    try {
      TrainingTask task =
          new TrainingTask(
              ShippedFolder.ship(spark.sparkContext(), folder, "training-" + base.fingerprint()),
              base.name(),
              getRecipe(),
              sets.stream().map(TrainingSet::name).toList(),
              sets.stream().map(TrainingSet::weight).toList(),
              dev.orElse(null),
              (int) getOrDefault(evalSteps),
              (int) getOrDefault(patience),
              isDefined(checkpoint) ? qualified(getOrDefault(checkpoint), hadoop) : null,
              (int) getOrDefault(checkpointSteps),
              target.toString(),
              new DeviceChoice(getOrDefault(device)),
              threads(spark.sparkContext()),
              new SerializableConfiguration(hadoop),
              progress.latest());
      // One task: the shuffle before it lets the data be computed by all executors.
      List<String> lines =
          examples.repartition(1).mapPartitions(task, Encoders.STRING()).collectAsList();
      if (lines.isEmpty()) {
        // Spark runs no task for no rows.
        throw new TrainingException(
            "Cannot train on %s: there are no examples, expected at least 2"
                .formatted(String.join(", ", sets.stream().map(TrainingSet::name).toList())));
      }
      TrainingTask.Result result = TrainingTask.Result.read(lines.get(0));
      if (result.error() != null) {
        throw new TrainingException(result.error());
      }
      requireWritten(target, hadoop);
      return new TrainingOutcome(
          target.toString(), new Path(target, TrainingTask.METRICS).toString(), result.summary());
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot train " + base.name() + ": " + e.getMessage(), e);
    }
  }

  /** 0 where only the executor knows. */
  private int threads(SparkContext spark) {
    int given = (int) getOrDefault(threads);
    return given > 0 ? given : ExecutorCores.of(spark).orElse(0);
  }

  /**
   * Refuses a folder of checkpoints that is in the output or around it: the first checkpoint would
   * make the output exist, and a reader of the model would find it there.
   *
   * @throws IllegalArgumentException if one of the two contains the other
   */
  public static void requireApart(String output, String checkpoint, Configuration hadoop) {
    try {
      URI model = folder(output, hadoop);
      URI steps = folder(checkpoint, hadoop);
      if (!model.relativize(steps).equals(steps) || !steps.relativize(model).equals(model)) {
        throw new IllegalArgumentException(
            "Cannot keep checkpoints in %s beside the output %s: one contains the other; choose another checkpoint folder"
                .formatted(checkpoint, output));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "Cannot write to %s: %s".formatted(checkpoint, e.getMessage()), e);
    }
  }

  private static URI folder(String path, Configuration hadoop) throws IOException {
    return URI.create(new Path(qualified(path, hadoop)).toUri() + "/").normalize();
  }

  private static Path absent(String folder, Configuration hadoop) {
    try {
      Path target = new Path(qualified(folder, hadoop));
      if (target.getFileSystem(hadoop).exists(target)) {
        throw new IllegalArgumentException(
            "Cannot write the trained model to %s: it exists; choose another folder"
                .formatted(target));
      }
      return target;
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write to %s: %s".formatted(folder, e.getMessage()), e);
    }
  }

  /** With its scheme: executors may have another default than the driver. */
  private static String qualified(String folder, Configuration hadoop) throws IOException {
    Path path = new Path(folder);
    FileSystem files = path.getFileSystem(hadoop);
    return path.makeQualified(files.getUri(), files.getWorkingDirectory()).toString();
  }

  private static void requireWritten(Path target, Configuration hadoop) throws IOException {
    if (!target.getFileSystem(hadoop).exists(target)) {
      throw new FileNotFoundException(
          "the executor has written %s, but the driver does not see it; choose an output on a file"
                  .formatted(target)
              + " system that all machines see");
    }
  }

  /** Rows of all sets: the set's number, and the texts in order. */
  private static Dataset<Row> examples(List<TrainingSet> sets) {
    Dataset<Row> all = null;
    for (int i = 0; i < sets.size(); i++) {
      TrainingSet set = sets.get(i);
      requireTexts(set);
      Column[] texts =
          set.columns().stream()
              .map(name -> set.rows().col(ColumnNames.quoted(name)))
              .toArray(Column[]::new);
      Dataset<Row> rows =
          set.rows().select(functions.lit(i).as(SET), functions.array(texts).as(TEXTS));
      all = all == null ? rows : all.union(rows);
    }
    return all;
  }

  private static void requireTexts(TrainingSet set) {
    for (String name : set.columns()) {
      requireText(set.rows().schema(), name, "data set " + set.name());
    }
  }

  private static void requireText(StructType schema, String name, String where) {
    boolean text =
        Arrays.stream(schema.fields())
            .anyMatch(
                field ->
                    StageParams.sameName(field.name(), name)
                        && field.dataType().equals(DataTypes.StringType));
    if (!text) {
      throw new IllegalArgumentException(
          "Cannot train on %s: it has no text column \"%s\", only %s"
              .formatted(where, name, List.of(schema.fieldNames())));
    }
  }

  @Override
  public StructType transformSchema(StructType schema) {
    String[] columns = isDefined(textCols) ? getOrDefault(textCols) : new String[0];
    if (columns.length < 2) {
      throw new IllegalArgumentException(
          "Cannot train: textCols is %s, expected the columns of anchor and positive at least"
              .formatted(List.of(columns)));
    }
    for (String name : columns) {
      requireText(schema, name, "the data");
    }
    String column = getOrDefault(outputCol);
    StageParams.requireNewColumn(schema, column, outputCol);
    return schema.add(column, org.apache.spark.ml.linalg.SQLDataTypes.VectorType());
  }

  @Override
  public SentenceEmbedderTrainer copy(ParamMap extra) {
    return this.<SentenceEmbedderTrainer>defaultCopy(extra).setDev(dev);
  }

  public static MLReader<SentenceEmbedderTrainer> read() {
    return new DefaultParamsReader<>();
  }

  public static SentenceEmbedderTrainer load(String path) {
    return read().load(path);
  }
}
