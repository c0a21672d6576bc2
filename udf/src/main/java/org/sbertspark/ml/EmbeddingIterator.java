package org.sbertspark.ml;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.JoinedRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.sbertspark.inference.EncodedTexts;
import org.sbertspark.inference.EncodingException;
import org.sbertspark.inference.EncodingStats;
import org.sbertspark.inference.SentenceEncoder;
import org.sbertspark.ml.FaultIsolation.Isolated;

/**
 * The rows of a partition with their vectors appended, in order, a window at a time.
 *
 * <p>Lazy: nothing is read before the first call of {@link #hasNext}, and then at most a window
 * ahead of what was handed out: so many rows, or fewer if they are large. The encoder is opened
 * when the first row with a text arrives and closed with the last row, or by {@link #close},
 * whichever comes first.
 *
 * <p>Synchronized, because Spark may drain an iterator in one thread (that feeds a Python worker,
 * say) and complete the task in another: closing waits for the batch under way, so that an encoder
 * is never freed while it is used. After closing there are no more rows.
 */
final class EmbeddingIterator implements Iterator<InternalRow>, AutoCloseable {
  /** A window ends with the row that reaches this: large rows must not fill an executor's heap. */
  static final long MAX_WINDOW_BYTES = 32 << 20;

  private final EmbeddingPlan plan;
  private final int partition;
  private final Iterator<UnsafeRow> rows;
  private final Supplier<SentenceEncoder> encoders;
  private final Runnable beforeWindow;
  private final Consumer<EmbeddingTotals> counts;

  private SentenceEncoder encoder;
  private boolean closed;

  /** The rows to hand out; {@code vectors} runs parallel, with null for a null text. */
  private List<UnsafeRow> window = List.of();

  private List<float[]> vectors = List.of();

  /** Runs parallel, too, if outcomes are asked for. */
  private List<InternalRow> outcomes = List.of();

  private int next;

  /** Texts of this partition that made the engine fail. */
  private long failures;

  private long rowsRead;

  /**
   * @param partition the partition's id, for messages
   * @param encoders opens an encoder; called at most once
   * @param beforeWindow called before each window is read; may throw to end the iteration
   * @param counts takes what was done since its last call: after each window, and at the end
   */
  EmbeddingIterator(
      EmbeddingPlan plan,
      int partition,
      Iterator<UnsafeRow> rows,
      Supplier<SentenceEncoder> encoders,
      Runnable beforeWindow,
      Consumer<EmbeddingTotals> counts) {
    this.plan = plan;
    this.partition = partition;
    this.rows = rows;
    this.encoders = encoders;
    this.beforeWindow = beforeWindow;
    this.counts = counts;
  }

  @Override
  public synchronized boolean hasNext() {
    while (next == window.size() && !closed) {
      beforeWindow.run();
      if (rows.hasNext()) {
        readWindow();
      } else {
        close();
      }
    }
    return next < window.size();
  }

  @Override
  public synchronized InternalRow next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    UnsafeRow row = window.get(next);
    float[] vector = vectors.get(next);
    Object value = vector == null ? null : plan.outputType().value(vector);
    Object[] more =
        plan.withOutcome() ? new Object[] {value, outcomes.get(next)} : new Object[] {value};
    next++;
    return new JoinedRow(row, new GenericInternalRow(more));
  }

  /** Ends the iteration and frees the encoder; does nothing the second time. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    counts.accept(handedOut());
    window = List.of();
    vectors = List.of();
    outcomes = List.of();
    next = 0;
    if (encoder != null) {
      encoder.close();
      encoder = null;
    }
  }

  private void readWindow() {
    EmbeddingTotals previous = handedOut();
    List<UnsafeRow> read = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    long rowsIn = 0;
    long nulls = 0;
    long skipped = 0;
    long bytes = 0;
    for (int i = 0; i < plan.windowRows() && bytes < MAX_WINDOW_BYTES && rows.hasNext(); i++) {
      UnsafeRow row = rows.next();
      rowsIn += rowsOf(row);
      rowsRead++;
      if (!row.isNullAt(plan.textIndex())) {
        texts.add(row.getUTF8String(plan.textIndex()).toString());
        // A copy: whoever gives rows may use one again for the next.
        read.add(row.copy());
        bytes += row.getSizeInBytes();
        continue;
      }
      nulls += rowsOf(row);
      switch (plan.handleInvalid()) {
        case KEEP -> {
          read.add(row.copy());
          bytes += row.getSizeInBytes();
        }
        case SKIP -> skipped += rowsOf(row);
        case ERROR ->
            throw new IllegalArgumentException(
                ("Cannot embed column \"%s\": the text in row %d of partition %d is null and"
                        + " handleInvalid is error; filter such rows, or set keep or skip")
                    .formatted(plan.column(), rowsRead, partition));
      }
    }
    EmbeddingTotals encoded = encode(read, texts);
    counts.accept(
        previous
            .plus(new EmbeddingTotals(rowsIn, 0, nulls, skipped, 0, EncodingStats.NONE))
            .plus(encoded));
  }

  /** Makes {@code read} the window to hand out, and counts what was encoded. */
  private EmbeddingTotals encode(List<UnsafeRow> read, List<String> texts) {
    Isolated result = texts.isEmpty() ? null : encode(texts);
    List<float[]> encoded = new ArrayList<>(read.size());
    List<InternalRow> came = new ArrayList<>();
    long[] rowsOfTexts = new long[texts.size()];
    long failed = 0;
    int text = 0;
    for (UnsafeRow row : read) {
      if (row.isNullAt(plan.textIndex())) {
        encoded.add(null);
        came.add(RowOutcome.ofNull());
        continue;
      }
      encoded.add(result.encoded().vectors()[text]);
      rowsOfTexts[text] = rowsOf(row);
      if (result.faults()[text] != null) {
        failed += rowsOf(row);
      }
      if (plan.withOutcome()) {
        came.add(outcome(texts.get(text), result, text));
      }
      text++;
    }
    window = read;
    vectors = encoded;
    outcomes = came;
    next = 0;
    return new EmbeddingTotals(
        0,
        0,
        0,
        0,
        failed,
        result == null ? EncodingStats.NONE : result.encoded().statsOf(rowsOfTexts));
  }

  private Isolated encode(List<String> texts) {
    if (encoder == null) {
      encoder = encoders.get();
    }
    long mayFail = plan.maxFailures() - failures;
    try {
      Isolated result = FaultIsolation.encode(encoder, texts, mayFail);
      failures += result.failed();
      return result;
    } catch (EncodingException e) {
      if (plan.maxFailures() == 0 || Thread.currentThread().isInterrupted()) {
        throw e;
      }
      throw new EncodingException(
          "More than %d texts (maxFailures) of partition %d failed; the last failure: %s"
              .formatted(plan.maxFailures(), partition, e.getMessage()),
          e);
    }
  }

  private static InternalRow outcome(String text, Isolated result, int place) {
    String fault = result.faults()[place];
    EncodedTexts encoded = result.encoded();
    return fault == null
        ? RowOutcome.of(text, encoded.tokenCounts()[place], encoded.truncated()[place])
        : RowOutcome.failed(fault);
  }

  /** The rows of the current window that were handed out. */
  private EmbeddingTotals handedOut() {
    long rowsOut = window.subList(0, next).stream().mapToLong(this::rowsOf).sum();
    return new EmbeddingTotals(0, rowsOut, 0, 0, 0, EncodingStats.NONE);
  }

  /** How many rows of the input this one stands for. */
  private long rowsOf(UnsafeRow row) {
    return plan.rowsIndex() == EmbeddingPlan.ONE_ROW ? 1 : row.getLong(plan.rowsIndex());
  }
}
