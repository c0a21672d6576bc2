package org.sbertspark.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import net.jqwik.api.constraints.WithNull;
import org.apache.spark.ml.linalg.DenseVector;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.UserDefinedType;
import org.apache.spark.unsafe.types.UTF8String;
import org.junit.jupiter.api.Test;
import org.sbertspark.inference.EncodedTexts;
import org.sbertspark.inference.EncodingException;

class EmbeddingIteratorTest {
  private static final int PARTITION = 7;

  private final FakeEncoder encoder = new FakeEncoder();
  private final List<EmbeddingTotals> counts = new ArrayList<>();
  private int opened;
  private int pulled;

  @Test
  void everyRowComesBackInOrderWithItsVector() {
    List<InternalRow> rows = drain(iterator(HandleInvalid.KEEP, 2, "a", "bb", "", "a"));
    assertThat(rows)
        .extracting(row -> row.getInt(0), row -> text(row))
        .containsExactly(tuple(0, "a"), tuple(1, "bb"), tuple(2, ""), tuple(3, "a"));
    assertThat(rows)
        .allSatisfy(row -> assertThat(vector(row)).isEqualTo(FakeEncoder.vector(text(row))));
  }

  @Property
  void keepGivesOneRowForEachRowWhateverTheWindow(
      @ForAll @Size(max = 30) List<@WithNull(0.3) @StringLength(max = 3) String> texts,
      @ForAll @IntRange(min = 1, max = 12) int windowRows) {
    EmbeddingIteratorTest fresh = new EmbeddingIteratorTest();
    String[] array = texts.toArray(String[]::new);
    List<InternalRow> rows = drain(fresh.iterator(HandleInvalid.KEEP, windowRows, array));
    assertThat(rows).hasSameSizeAs(texts);
    for (int i = 0; i < array.length; i++) {
      assertThat(rows.get(i).getInt(0)).isEqualTo(i);
      assertThat(vector(rows.get(i)))
          .isEqualTo(array[i] == null ? null : FakeEncoder.vector(array[i]));
    }
    long nulls = texts.stream().filter(text -> text == null).count();
    EmbeddingTotals totals = fresh.totals();
    assertThat(totals.rowsIn()).isEqualTo(array.length);
    assertThat(totals.rowsOut()).isEqualTo(array.length);
    assertThat(totals.nulls()).isEqualTo(nulls);
    assertThat(totals.encoding().texts()).isEqualTo(array.length - nulls);
    assertThat(fresh.encoder.calls)
        .allSatisfy(call -> assertThat(call).hasSizeBetween(1, windowRows));
    assertThat(fresh.encoder.closings).isEqualTo(fresh.opened).isLessThanOrEqualTo(1);
  }

  @Test
  void nothingIsReadBeforeItIsAskedFor() {
    iterator(HandleInvalid.KEEP, 2, "a", "b", "c");
    assertThat(pulled).isZero();
    assertThat(opened).isZero();
  }

  @Test
  void atMostOneWindowIsReadAhead() {
    EmbeddingIterator rows = iterator(HandleInvalid.KEEP, 3, manyTexts(100));
    rows.next();
    rows.next();
    rows.next();
    assertThat(pulled).isEqualTo(3);
    assertThat(encoder.calls).hasSize(1);
    rows.next();
    assertThat(pulled).isEqualTo(6);
  }

  @Test
  void largeRowsMakeSmallWindows() {
    String large = "x".repeat((int) EmbeddingIterator.MAX_WINDOW_BYTES);
    List<InternalRow> rows = drain(iterator(HandleInvalid.KEEP, 4, "a", large, "b", "c"));
    assertThat(rows).extracting(row -> row.getInt(0)).containsExactly(0, 1, 2, 3);
    assertThat(encoder.calls).extracting(List::size).containsExactly(2, 2);
  }

  @Test
  void anEmptyPartitionOpensNoEncoder() {
    assertThat(drain(iterator(HandleInvalid.KEEP, 4))).isEmpty();
    assertThat(opened).isZero();
    assertThat(totals()).isEqualTo(EmbeddingTotals.NONE);
  }

  @Test
  void aPartitionOfNullsOpensNoEncoder() {
    List<InternalRow> rows = drain(iterator(HandleInvalid.KEEP, 2, null, null, null));
    assertThat(rows).hasSize(3).allSatisfy(row -> assertThat(row.isNullAt(2)).isTrue());
    assertThat(opened).isZero();
    assertThat(totals().nulls()).isEqualTo(3);
  }

  @Test
  void skipDropsAndCountsNulls() {
    List<InternalRow> rows =
        drain(iterator(HandleInvalid.SKIP, 2, null, null, null, "a", null, "b"));
    assertThat(rows).extracting(row -> row.getInt(0)).containsExactly(3, 5);
    assertThat(totals().rowsIn()).isEqualTo(6);
    assertThat(totals().rowsOut()).isEqualTo(2);
    assertThat(totals().skipped()).isEqualTo(4);
    assertThat(totals().nulls()).isEqualTo(4);
  }

  @Test
  void errorNamesColumnPartitionAndRowButNoText() {
    EmbeddingIterator rows = iterator(HandleInvalid.ERROR, 2, "secret", "b", "c", null);
    rows.next();
    rows.next();
    assertThatThrownBy(rows::hasNext)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Cannot embed column \"body\": the text in row 4 of partition 7 is null and"
                + " handleInvalid is error; filter such rows, or set keep or skip");
    rows.close();
    assertThat(encoder.closings).isEqualTo(1);
  }

  @Test
  void closingInTheMiddleEndsTheIterationAndCountsWhatWasHandedOut() {
    EmbeddingIterator rows = iterator(HandleInvalid.KEEP, 4, manyTexts(10));
    rows.next();
    rows.next();
    rows.close();
    rows.close();
    assertThat(encoder.closings).isEqualTo(1);
    assertThat(rows.hasNext()).isFalse();
    assertThatThrownBy(rows::next).isInstanceOf(NoSuchElementException.class);
    assertThat(totals().rowsIn()).isEqualTo(4);
    assertThat(totals().rowsOut()).isEqualTo(2);
  }

  @Test
  void theEncoderIsClosedWithTheLastRow() {
    EmbeddingIterator rows = iterator(HandleInvalid.KEEP, 4, "a");
    rows.next();
    assertThat(encoder.closings).isZero();
    assertThat(rows.hasNext()).isFalse();
    assertThat(encoder.closings).isEqualTo(1);
  }

  @Test
  void aKillIsSeenBeforeEachWindow() {
    IllegalStateException kill = new IllegalStateException("killed");
    int[] windows = {0};
    EmbeddingIterator rows =
        new EmbeddingIterator(
            plan(HandleInvalid.KEEP, 2, OutputType.ARRAY),
            PARTITION,
            source(manyTexts(10)),
            this::open,
            () -> {
              if (++windows[0] == 2) {
                throw kill;
              }
            },
            counts::add);
    rows.next();
    rows.next();
    assertThatThrownBy(rows::next).isSameAs(kill);
    assertThat(pulled).isEqualTo(2);
  }

  @Test
  void closingWaitsForTheBatchUnderWay() throws Exception {
    List<String> events = Collections.synchronizedList(new ArrayList<>());
    Thread[] closer = new Thread[1];
    FakeEncoder slow =
        new FakeEncoder() {
          @Override
          public EncodedTexts encode(List<String> texts) {
            closer[0].start();
            while (closer[0].getState() != Thread.State.BLOCKED && closer[0].isAlive()) {
              Thread.onSpinWait();
            }
            events.add("encoded");
            return super.encode(texts);
          }

          @Override
          public void close() {
            events.add("closed");
          }
        };
    EmbeddingIterator rows =
        new EmbeddingIterator(
            plan(HandleInvalid.KEEP, 2, OutputType.ARRAY),
            PARTITION,
            source("a", "b", "c"),
            () -> slow,
            () -> {},
            counts::add);
    closer[0] = new Thread(rows::close);
    assertThat(rows.hasNext()).isTrue();
    closer[0].join();
    assertThat(events).containsExactly("encoded", "closed");
    assertThat(rows.hasNext()).isFalse();
  }

  @Test
  void vectorsAreDenseVectorsOnRequest() {
    EmbeddingIterator rows =
        new EmbeddingIterator(
            plan(HandleInvalid.KEEP, 2, OutputType.VECTOR),
            PARTITION,
            source("ab"),
            this::open,
            () -> {},
            counts::add);
    assertThat(SQLDataTypes.VectorType())
        .isInstanceOfSatisfying(
            UserDefinedType.class,
            type ->
                assertThat(type.deserialize(rows.next().getStruct(2, 4)))
                    .isEqualTo(new DenseVector(new double[] {2, "ab".hashCode()})));
  }

  private static String[] manyTexts(int count) {
    return IntStream.range(0, count).mapToObj(Integer::toString).toArray(String[]::new);
  }

  private static List<InternalRow> drain(EmbeddingIterator iterator) {
    List<InternalRow> rows = new ArrayList<>();
    iterator.forEachRemaining(rows::add);
    return rows;
  }

  private EmbeddingTotals totals() {
    return counts.stream().reduce(EmbeddingTotals.NONE, EmbeddingTotals::plus);
  }

  private static EmbeddingPlan plan(HandleInvalid policy, int windowRows, OutputType type) {
    return new EmbeddingPlan("body", 1, EmbeddingPlan.ONE_ROW, type, policy, windowRows, false, 0);
  }

  @Test
  void theOutcomeOfEachRowFollowsItsVector() {
    FakeEncoder failing =
        new FakeEncoder() {
          @Override
          public EncodedTexts encode(List<String> texts) {
            EncodedTexts encoded = super.encode(texts);
            if (texts.contains("bad")) {
              throw new EncodingException("The engine failed", null);
            }
            return encoded;
          }
        };
    EmbeddingIterator rows =
        new EmbeddingIterator(
            new EmbeddingPlan(
                "body", 1, EmbeddingPlan.ONE_ROW, OutputType.ARRAY, HandleInvalid.KEEP, 3, true, 1),
            PARTITION,
            source("fine", null, " ", "bad", "last"),
            () -> failing,
            () -> {},
            counts::add);
    List<String> outcomes = new ArrayList<>();
    while (rows.hasNext()) {
      InternalRow row = rows.next();
      InternalRow outcome = row.getStruct(3, 4);
      outcomes.add(
          (row.isNullAt(2) ? "- " : "v ")
              + (outcome.isNullAt(0) ? "?" : outcome.getInt(0))
              + " "
              + outcome.getString(2)
              + (outcome.isNullAt(3) ? "" : " " + outcome.getString(3)));
    }
    assertThat(outcomes)
        .containsExactly("v 4 ok", "- 0 null", "v 1 empty", "- ? failed engine", "v 4 ok");
    assertThat(totals().failed()).isEqualTo(1);
    assertThat(totals().rowsOut()).isEqualTo(5);
  }

  private EmbeddingIterator iterator(HandleInvalid policy, int windowRows, String... texts) {
    return new EmbeddingIterator(
        plan(policy, windowRows, OutputType.ARRAY),
        PARTITION,
        source(texts),
        this::open,
        () -> {},
        counts::add);
  }

  /** Rows of a number and a text, counting how many were pulled; all in one buffer, as Spark's. */
  private Iterator<UnsafeRow> source(String... texts) {
    UnsafeProjection projection =
        UnsafeProjection.create(
            new StructType().add("id", DataTypes.IntegerType).add("text", DataTypes.StringType));
    int[] id = {0};
    return Arrays.stream(texts)
        .map(
            text -> {
              pulled++;
              return projection.apply(
                  new GenericInternalRow(new Object[] {id[0]++, UTF8String.fromString(text)}));
            })
        .iterator();
  }

  private static String text(InternalRow row) {
    return row.getUTF8String(1).toString();
  }

  private static float[] vector(InternalRow row) {
    return row.isNullAt(2) ? null : row.getArray(2).toFloatArray();
  }

  private FakeEncoder open() {
    opened++;
    return encoder;
  }
}
