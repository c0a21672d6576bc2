package org.sbertspark.job;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.sum;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.IntegralType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.sbertspark.job.IncrementalOptions.Deleted;
import org.sbertspark.job.Manifest.Embedding;

/**
 * What an earlier output saves a run: the rows of the input are new, changed, or carried over with
 * their vectors; and the earlier output's rows that the input has no longer are dropped or kept.
 *
 * @param changed new and changed rows, with the hash column: those to embed
 * @param carried all other rows, with the hash, the vector, and perhaps the outcome
 * @param gone the earlier rows whose keys the input has no longer, if they are to be kept
 */
record Increment(
    Dataset<Row> changed, Dataset<Row> carried, Optional<Dataset<Row>> gone, Counts counts) {

  private static final String KEY = "_sbert_previous_key";
  private static final String HASH = "_sbert_previous_hash";
  private static final String VECTOR = "_sbert_previous_vector";
  private static final String OUTCOME = "_sbert_previous_outcome";

  /**
   * How many rows there are of each kind.
   *
   * @param fresh rows whose key is new
   * @param changed rows whose hash is another, or whose vector was missing
   * @param carried rows whose vector is taken over
   * @param deleted keys that the input has no longer
   */
  record Counts(long fresh, long changed, long carried, long deleted) {
    long toEmbed() {
      return fresh + changed;
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "New rows %,d, changed %,d, carried over %,d, deleted %,d",
          fresh,
          changed,
          carried,
          deleted);
    }

    Map<String, Object> byName(Deleted policy) {
      return Map.of(
          "new",
          fresh,
          "changed",
          changed,
          "carriedOver",
          carried,
          policy == Deleted.KEEP ? "deletedKept" : "deletedDropped",
          deleted);
    }
  }

  /**
   * What an increment is made of, besides the rows.
   *
   * @param options say which column is the key, and where the earlier output is
   * @param text the text's column
   * @param vectorField the column of vectors to come: its type
   * @param outcomeColumn null for none
   * @param keepsNulls whether a null text gets a null vector
   * @param embedding what makes the new vectors
   */
  record Request(
      IncrementalOptions options,
      Column text,
      StructField vectorField,
      String outcomeColumn,
      boolean keepsNulls,
      Embedding embedding) {}

  /**
   * Compares rows with an earlier output. Runs jobs that count.
   *
   * @param rows with the hash column
   * @throws JobException if keys are null or not unique, or if the earlier output does not fit
   */
  static Increment of(Dataset<Row> rows, Request request, Configuration hadoop) {
    IncrementalOptions options = request.options;
    Input input = previous(rows, options);
    requireKeys(rows, options.key, "the input");
    Dataset<Row> before = input.rows();
    for (String needed : List.of(options.key, options.hashColumn, request.vectorField.name())) {
      if (!Columns.has(before.schema(), needed)) {
        throw new JobException(
            "Cannot take over vectors of %s: it has no column \"%s\", it has: %s; embed it anew with --key"
                .formatted(options.previous, needed, Columns.list(before.schema())));
      }
    }
    requireSameType(rows.schema(), before.schema(), options);
    requireKeys(before, options.key, options.previous);
    if (options.deleted == Deleted.KEEP) {
      requireSameModel(input, request, hadoop);
    }

    List<Column> taken =
        new ArrayList<>(
            List.of(
                Columns.named(options.key).as(KEY),
                Columns.named(options.hashColumn).as(HASH),
                Columns.named(request.vectorField.name())
                    .cast(nullable(request.vectorField.dataType()))
                    .as(VECTOR)));
    Column usable = col(VECTOR).isNotNull();
    if (request.keepsNulls) {
      usable = usable.or(request.text.isNull());
    }
    if (request.outcomeColumn != null) {
      if (Columns.has(before.schema(), request.outcomeColumn)) {
        taken.add(Columns.named(request.outcomeColumn).as(OUTCOME));
      } else {
        // What became of those rows is not known: they are embedded anew.
        taken.add(lit(null).as(OUTCOME));
        usable = lit(false);
      }
    }
    Dataset<Row> joined =
        rows.join(
            before.select(taken.toArray(Column[]::new)),
            Columns.named(options.key).equalTo(col(KEY)),
            "left_outer");
    Column same =
        coalesce(Columns.named(options.hashColumn).equalTo(col(HASH)).and(usable), lit(false));
    Row counts =
        joined
            .agg(
                count("*"),
                coalesce(sum(same.cast("long")), lit(0L)),
                coalesce(sum(col(KEY).isNull().cast("long")), lit(0L)))
            .first();
    Dataset<Row> gone =
        before.join(
            rows.select(Columns.named(options.key).as(KEY)),
            Columns.named(options.key).equalTo(col(KEY)),
            "left_anti");
    long carried = counts.getLong(1);
    long fresh = counts.getLong(2);
    Column[] own = Arrays.stream(rows.columns()).map(Columns::named).toArray(Column[]::new);
    List<Column> whole = new ArrayList<>(List.of(own));
    whole.add(col(VECTOR).as(request.vectorField.name()));
    if (request.outcomeColumn != null) {
      whole.add(col(OUTCOME).as(request.outcomeColumn));
    }
    return new Increment(
        joined.filter(not(same)).select(own),
        joined.filter(same).select(whole.toArray(Column[]::new)),
        options.deleted == Deleted.KEEP ? Optional.of(gone) : Optional.empty(),
        new Counts(fresh, counts.getLong(0) - carried - fresh, carried, gone.count()));
  }

  private static Input previous(Dataset<Row> rows, IncrementalOptions options) {
    ReadOptions asWritten = new ReadOptions();
    asWritten.format = InputFormat.AUTO;
    return new InputReader(rows.sparkSession()).open(List.of(options.previous), asWritten);
  }

  /** A key that is there twice would pair each of its rows with each. */
  static void requireKeys(Dataset<Row> rows, String key, String where) {
    if (!Columns.has(rows.schema(), key)) {
      throw new JobException(
          "Cannot use key \"%s\": %s has no such column, it has: %s"
              .formatted(key, where, Columns.list(rows.schema())));
    }
    Column named = Columns.named(key);
    long faults = rows.groupBy(named).count().filter(named.isNull().or(col("count").gt(1))).count();
    if (faults > 0) {
      throw new JobException(
          "Cannot use key \"%s\": in %s, %,d of its values are null or there more than once; name a column that tells all rows apart"
              .formatted(key, where, faults));
    }
  }

  /** Spark would compare {@code "01"} with {@code 1} as numbers, and {@code "a"} with nothing. */
  private static void requireSameType(
      StructType input, StructType before, IncrementalOptions options) {
    DataType now = Columns.find(input, options.key).orElseThrow().dataType();
    DataType then = Columns.find(before, options.key).orElseThrow().dataType();
    boolean numbers = now instanceof IntegralType && then instanceof IntegralType;
    if (!now.equals(then) && !numbers) {
      throw new JobException(
          "Cannot use key \"%s\": it is %s in the input and %s in %s; read the input so that it is the same, or embed it anew"
              .formatted(options.key, now.catalogString(), then.catalogString(), options.previous));
    }
  }

  private static void requireSameModel(Input input, Request request, Configuration hadoop) {
    String column = request.vectorField.name();
    Optional<Embedding> before =
        ModelAgreement.ofInputs(input.roots(), column, root -> input.rows().schema(), hadoop);
    String reason =
        before.isEmpty()
            ? "nothing tells which model its vectors are of"
            : !before.get().fingerprint().equals(request.embedding.fingerprint())
                ? "its vectors are of model %s, not of %s"
                    .formatted(before.get().name(), request.embedding.name())
                : before
                    .get()
                    .difference(request.embedding)
                    .map("its vectors were made with "::concat)
                    .orElse(null);
    if (reason != null) {
      throw new JobException(
          "Cannot keep deleted rows of %s: %s; leave out --deleted keep"
              .formatted(request.options.previous, reason));
    }
  }

  /**
   * All rows of the output.
   *
   * @param embedded what became of {@link #changed}
   */
  Dataset<Row> complete(Dataset<Row> embedded) {
    StructType schema = embedded.schema();
    Dataset<Row> all = embedded.union(shaped(carried, schema));
    if (gone.isPresent()) {
      all = all.union(shaped(gone.get(), schema));
    }
    // A union may forget what a column says of itself.
    return all.select(
        Arrays.stream(schema.fields())
            .map(field -> Columns.named(field.name()).as(field.name(), field.metadata()))
            .toArray(Column[]::new));
  }

  /** The rows with these columns, null where they have none of the name. */
  private static Dataset<Row> shaped(Dataset<Row> rows, StructType schema) {
    return rows.select(
        Arrays.stream(schema.fields())
            .map(
                field ->
                    (Columns.has(rows.schema(), field.name())
                            ? Columns.named(field.name())
                            : lit(null))
                        .cast(nullable(field.dataType()))
                        .as(field.name()))
            .toArray(Column[]::new));
  }

  /** What files give back: they know no arrays that cannot hold a null. */
  private static DataType nullable(DataType type) {
    return new StructType().add("a", type).asNullable().fields()[0].dataType();
  }

  /** Rows of the output that are not embedded by this run. */
  long rowsTakenOver() {
    return counts.carried + (gone.isPresent() ? counts.deleted : 0);
  }
}
