package org.sbertspark.benchmark;

import static org.apache.spark.sql.functions.col;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.feature.CountVectorizer;
import org.apache.spark.ml.feature.IDF;
import org.apache.spark.ml.feature.Normalizer;
import org.apache.spark.ml.feature.RegexTokenizer;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.sbertspark.evaluation.Correlation;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * How well the cosine of TF-IDF vectors orders pairs of sentences: what a trained model has to
 * beat. Words in lower case. Judged files hold tab-separated score, sentence 1 and sentence 2,
 * without a header.
 */
@Command(
    name = "tfidf",
    mixinStandardHelpOptions = true,
    description = "Spearman and Pearson of TF-IDF cosines, for each file and for all together.")
public final class TfIdfPairs implements Runnable {
  private static final String SENTENCE = "sentence";

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "The pairs to judge.")
  private String[] files;

  @Option(
      names = "--fit",
      arity = "1..*",
      paramLabel = "FILE",
      description =
          "Files whose sentences give words and document frequencies, SICK's too. Default: the judged"
              + " ones.")
  private String[] fit;

  private SparkSession spark;

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new TfIdfPairs()).execute(arguments));
  }

  @Override
  public void run() {
    try (SparkSession session = LocalSpark.open(Machine.cores())) {
      spark = session;
      print();
    }
  }

  private void print() {
    Dataset<Row> all = pairs(files);
    PipelineModel vectors = fitted(fit == null ? all : texts());
    for (String file : files) {
      print(Path.of(file).getFileName().toString(), pairs(file), vectors);
    }
    print("all", all, vectors);
  }

  private Dataset<Row> pairs(String... files) {
    return spark
        .read()
        .option("sep", "\t")
        .option("quote", "")
        .schema("score double, first string, second string")
        .csv(files)
        .na()
        .drop();
  }

  /** Pairs of STS files, and of SICK's, whose columns have names. */
  private Dataset<Row> texts() {
    Dataset<Row> texts = pairs(fit).limit(0);
    for (String file : fit) {
      Dataset<Row> named = spark.read().option("sep", "\t").option("header", true).csv(file);
      texts =
          texts.unionByName(
              Arrays.asList(named.columns()).contains("sentence_A")
                  ? named.selectExpr("0d as score", "sentence_A as first", "sentence_B as second")
                  : pairs(file));
    }
    return texts;
  }

  private static PipelineModel fitted(Dataset<Row> pairs) {
    Dataset<Row> sentences =
        pairs.select(col("first").as(SENTENCE)).unionAll(pairs.select(col("second").as(SENTENCE)));
    return new Pipeline()
        .setStages(
            new PipelineStage[] {
              new RegexTokenizer()
                  .setPattern("[^\\p{L}\\p{N}_]+")
                  .setInputCol(SENTENCE)
                  .setOutputCol("words"),
              new CountVectorizer().setInputCol("words").setOutputCol("counts"),
              new IDF().setInputCol("counts").setOutputCol("weighted"),
              new Normalizer().setInputCol("weighted").setOutputCol("vector")
            })
        .fit(sentences);
  }

  private static void print(String name, Dataset<Row> pairs, PipelineModel vectors) {
    List<Vector> first = vectors(pairs, "first", vectors);
    List<Vector> second = vectors(pairs, "second", vectors);
    double[] scores =
        pairs.select("score").collectAsList().stream()
            .mapToDouble(row -> row.getDouble(0))
            .toArray();
    double[] cosines = new double[scores.length];
    Arrays.setAll(cosines, i -> first.get(i).dot(second.get(i)));
    Correlation correlation = Correlation.of(scores, cosines);
    System.out.printf(
        Locale.ROOT,
        "%-24s %5d pairs, Spearman %.4f, Pearson %.4f%n",
        name,
        scores.length,
        correlation.spearman(),
        correlation.pearson());
  }

  private static List<Vector> vectors(Dataset<Row> pairs, String column, PipelineModel vectors) {
    List<Vector> rows = new ArrayList<>();
    vectors
        .transform(pairs.select(col(column).as(SENTENCE)))
        .select("vector")
        .collectAsList()
        .forEach(row -> rows.add(row.getAs(0)));
    return rows;
  }
}
