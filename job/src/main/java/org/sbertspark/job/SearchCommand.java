package org.sbertspark.job;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;
import org.sbertspark.ml.EmbeddingStats;
import org.sbertspark.ml.JoinCounts;
import org.sbertspark.ml.JoinResult;
import org.sbertspark.ml.JoinSettings;
import org.sbertspark.ml.SentenceEmbedder;
import org.sbertspark.ml.SimilarityJoin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Finds the rows of an index that are nearest to queries. */
@Command(
    name = "search",
    description = {
      "Finds the rows of an index that are nearest to queries, by comparing with all of them. Queries"
          + " are embedded as the index was, by its own model, with the model's prompt for queries.",
      "Prints the results, or with --output writes a row for each: query_id (the query's number, from"
          + " 1), query, id, score (with the euclidean measure distance), rank, from 1, and with"
          + " --show-col text."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class SearchCommand implements Runnable {
  private static final String QUERY_ID = "query_id";
  private static final String QUERY = "query";
  private static final String ID = "id";
  private static final String TEXT = "text";

  /** Of a file the first queries are shown. */
  private static final int SHOWN_QUERIES = 20;

  @Spec private CommandSpec spec;

  @Option(
      names = "--index",
      paramLabel = "PATH",
      arity = "1..*",
      required = true,
      description = "Files, folders or globs with the rows to search, as embed writes them.")
  private List<String> index;

  @Option(
      names = "--query",
      paramLabel = "TEXT",
      arity = "1..*",
      description = "Texts to search for.")
  private List<String> texts;

  @Option(
      names = "--queries",
      paramLabel = "PATH",
      arity = "1..*",
      description = "Files, folders or globs with a text to search for in each row.")
  private List<String> files;

  @Option(
      names = "--text-col",
      paramLabel = "COLUMN",
      defaultValue = "text",
      description = "The text of --queries, as with embed. Default: ${DEFAULT-VALUE}.")
  private List<String> textColumns;

  @Option(
      names = "--k",
      paramLabel = "K",
      defaultValue = "10",
      description = "Results of a query at most. Default: ${DEFAULT-VALUE}.")
  private int k;

  @Option(
      names = "--threshold",
      paramLabel = "T",
      description =
          "Only results with at least this cosine or dot product, or at most this Euclidean distance.")
  private Double threshold;

  @Option(
      names = "--show-col",
      paramLabel = "COLUMN",
      description = "Show this column of the index, such as its text.")
  private String shownColumn;

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      description =
          "The model that the index was made with. Default: the one that its manifest names.")
  private String model;

  @Mixin private HubOptions hub;
  @Mixin private PromptOptions prompt;
  @Mixin private VectorOptions vectors;
  @Mixin private CompareOptions compare;
  @Mixin private OptionalOutputOptions output;

  @Override
  public void run() {
    JoinSettings settings;
    TextColumn text;
    try {
      output.validate();
      prompt.validate();
      if ((texts == null) == (files == null)) {
        throw new IllegalArgumentException("Give --query or --queries, one of the two");
      }
      JoinSettings nearest = compare.settings().withK(k);
      settings = threshold == null ? nearest : nearest.withThreshold(threshold);
      text = TextColumn.parse(textColumns);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }

    RunRecord run = new RunRecord(spec);
    SparkSession spark = Sessions.open(spec);
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    VectorTable table = VectorTable.open(index, vectors, "search", spark);
    Optional<Column> shown = Optional.ofNullable(shownColumn).map(table::shown);
    SearchModel searched = SearchModel.of(table, model, hub, prompt);
    if (table.embedding().isEmpty()) {
      err()
          .printf(
              "%s: warning: nothing tells which model made the vectors of %s; taken for those of %s%n",
              Main.NAME, table.paths(), searched.location());
    }
    List<Path> roots = new ArrayList<>(table.input().roots());
    Dataset<Row> queries = queries(text, roots, spark);
    if (output.path == null) {
      try (Found found = search(settings, searched, queries, table)) {
        report(found, searched);
        print(found, queries, results(found, queries, table, shown));
      }
    } else {
      try (OutputWriter writer = OutputWriter.prepare(output, roots, hadoop)) {
        ModelAgreement.checkAppendOfScores(output.path, writer.before(), table.embedding());
        run.input(table.input(), table.survey());
        run.put(ModelAgreement.MODEL, searched.fingerprint()).put("prompt", searched.prompt());
        try (Found found = search(settings, searched, queries, table)) {
          write(found, results(found, queries, table, shown), writer, run);
          report(found, searched);
          out()
              .printf(
                  Locale.ROOT,
                  "Wrote %,d rows to %s (%s)%n",
                  found.result.counts().pairs(),
                  output.path,
                  output.format);
        }
      }
    }
    Warnings.malformed(table.survey().malformed(), err());
  }

  private static void write(Found found, Dataset<Row> results, OutputWriter writer, RunRecord run) {
    writer.checkFits(results.schema());
    writer.write(results);
    JoinCounts counts = found.result.counts();
    VectorTable.record(run, "", counts.right());
    run.put("queries", counts.left().rows())
        .put("queriesWithoutVector", counts.left().rows() - counts.left().usable())
        .put("scoredPairs", counts.scored())
        .put("searchSeconds", RunRecord.rounded(found.seconds))
        .put("rowsWritten", counts.pairs())
        .environment(results.sparkSession().sparkContext());
    writer.writeManifest(results.schema(), counts.pairs(), Map.of(), run.finish());
    writer.commit();
  }

  /**
   * What a search has found.
   *
   * @param seconds of the comparison
   */
  private record Found(JoinResult result, double seconds) implements AutoCloseable {
    @Override
    public void close() {
      result.close();
    }
  }

  /** Numbers, from 1 in the order given, and texts. */
  private Dataset<Row> queries(TextColumn text, List<Path> roots, SparkSession spark) {
    StructType schema =
        new StructType().add(QUERY_ID, DataTypes.LongType).add(QUERY, DataTypes.StringType);
    if (texts != null) {
      List<Row> rows =
          IntStream.range(0, texts.size())
              .mapToObj(i -> RowFactory.create(i + 1L, texts.get(i)))
              .toList();
      return spark.createDataFrame(rows, schema);
    }
    Input input = new InputReader(spark).open(files, vectors.read);
    roots.addAll(input.roots());
    Column column = text.in(input.rows());
    Warnings.malformed(Survey.of(input, RowCosts.OF_ANY_ROW).malformed(), err());
    return spark.createDataFrame(
        input
            .rows()
            .select(column)
            .javaRDD()
            .zipWithIndex()
            .map(query -> RowFactory.create(query._2() + 1, query._1().get(0))),
        schema);
  }

  @SuppressWarnings("try") // the progress line only has to be closed
  private Found search(
      JoinSettings settings, SearchModel searched, Dataset<Row> queries, VectorTable table) {
    SparkSession spark = queries.sparkSession();
    EmbeddingStats stats = EmbeddingStats.register(spark.sparkContext(), "search");
    String text = Columns.unused(table.rows().schema(), "_sbert_text");
    SentenceEmbedder embedder =
        searched
            .embedder()
            .setInputCol(text)
            .setOutputCol(vectors.embeddingColumn)
            .setDevice(compare.device.device.label());
    int maxTokens =
        embedder.getMaxSeqLength() == 0
            ? searched.bundle().maxSeqLength()
            : embedder.getMaxSeqLength();
    Dataset<Row> named = queries.toDF(vectors.idColumn, text);
    RowCosts costs = RowCosts.of(named, RowCosts.ofText(Columns.named(text), maxTokens));
    Dataset<Row> embedded =
        embedder
            .transform(PartitionPlan.fit(named, costs, 0, spark).rows(), stats)
            .persist(StorageLevel.MEMORY_AND_DISK());
    try {
      try (Progress progress = Progress.start(spark.sparkContext(), stats, costs.rows(), err())) {
        embedded.count();
      }
      Warnings.truncation(stats.value(), maxTokens, err());
      long start = System.nanoTime();
      JoinResult result =
          new SimilarityJoin(settings)
              .between(embedded, table.rows(), vectors.idColumn, vectors.embeddingColumn);
      return new Found(result, (System.nanoTime() - start) / 1e9);
    } finally {
      embedded.unpersist();
    }
  }

  private Dataset<Row> results(
      Found found, Dataset<Row> queries, VectorTable table, Optional<Column> shown) {
    Dataset<Row> pairs = found.result.pairs();
    String score = SimilarityJoin.scoreColumn(compare.measure.measure);
    List<Column> columns =
        new ArrayList<>(
            List.of(
                queries.col(QUERY_ID),
                queries.col(QUERY),
                pairs.col(SimilarityJoin.RIGHT_ID).as(ID),
                pairs.col(score),
                pairs.col(SimilarityJoin.RANK)));
    Dataset<Row> results =
        pairs.join(queries, pairs.col(SimilarityJoin.LEFT_ID).equalTo(queries.col(QUERY_ID)));
    if (shown.isPresent()) {
      Dataset<Row> texts =
          table
              .input()
              .rows()
              .select(Columns.named(vectors.idColumn).as("_sbert_id"), shown.get().as(TEXT))
              // Such rows are no results, and need no id of their own.
              .where(Columns.named(vectors.embeddingColumn).isNotNull());
      results =
          results.join(
              texts,
              pairs.col(SimilarityJoin.RIGHT_ID).equalTo(texts.col("_sbert_id")),
              "left_outer");
      columns.add(texts.col(TEXT));
    }
    return results.select(columns.toArray(Column[]::new));
  }

  private void print(Found found, Dataset<Row> queries, Dataset<Row> results) {
    int shown = texts == null ? SHOWN_QUERIES : texts.size();
    Map<Long, List<Row>> byQuery =
        results
            .where(results.col(QUERY_ID).leq(shown))
            .orderBy(QUERY_ID, SimilarityJoin.RANK)
            .collectAsList()
            .stream()
            .collect(Collectors.groupingBy(row -> row.getLong(0)));
    for (Row query :
        queries.where(queries.col(QUERY_ID).leq(shown)).orderBy(QUERY_ID).collectAsList()) {
      long number = query.getLong(0);
      out().printf("%nQuery %d: %s%n", number, Shortened.of(query.getString(1)));
      for (Row result : byQuery.getOrDefault(number, List.of())) {
        out()
            .printf(
                Locale.ROOT,
                "%5d  %7.4f  %s%s%n",
                result.getInt(4),
                result.getDouble(3),
                result.get(2),
                shownColumn == null ? "" : "  " + Shortened.of(result.getString(5)));
      }
      if (!byQuery.containsKey(number)) {
        out().println("       nothing found");
      }
    }
    long all = found.result.counts().left().rows();
    if (all > shown) {
      out()
          .printf(
              Locale.ROOT,
              "%nShown: the first %d of %,d queries; --output writes the results of all%n",
              shown,
              all);
    }
  }

  private void report(Found found, SearchModel searched) {
    JoinCounts counts = found.result.counts();
    out().println(searched.line());
    out()
        .printf(
            Locale.ROOT,
            "Found %,d results: compared %,d pairs by %s in %s%n",
            counts.pairs(),
            counts.scored(),
            compare.measure,
            Progress.duration(found.seconds));
    out().println(VectorTable.line("Queries", counts.left()));
    out().println(VectorTable.line("Rows", counts.right()));
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  private PrintWriter err() {
    return spec.commandLine().getErr();
  }
}
