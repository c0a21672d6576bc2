package org.sbertspark.inference;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Forward passes that go on where memory does not suffice: the batch is cut in halves until they
 * fit, and later batches that are as large are cut before they are tried. Vectors come in the order
 * of the batch whatever is cut. Not thread-safe; one an encoder, so that a shortage that has passed
 * is forgotten with its task.
 */
final class HalvingPass {
  private static final Logger LOG = LoggerFactory.getLogger(HalvingPass.class);

  /** One pass of the engine. */
  @FunctionalInterface
  interface Pass {
    /**
     * Computes the vectors of a batch.
     *
     * @return {@code [rows * dimension]}
     * @throws EncodingException if the engine fails
     */
    float[] vectors(TokenBatch batch);
  }

  private final Pass pass;
  private final BatchLayout layout;
  private final ComputeDevice device;
  private final int tokenBudget;

  /** Whether somebody has told of halvings; shared by all who would tell the same. */
  private final AtomicBoolean told;

  /** Tokens that a batch of several rows may have. */
  private long mostTokens = Long.MAX_VALUE;

  private long batches;
  private long tokens;
  private long halvings;

  /**
   * @param tokenBudget under which batches were planned, for messages
   */
  HalvingPass(
      Pass pass, BatchLayout layout, ComputeDevice device, int tokenBudget, AtomicBoolean told) {
    this.pass = pass;
    this.layout = layout;
    this.device = device;
    this.tokenBudget = tokenBudget;
    this.told = told;
  }

  /**
   * The vectors of a batch, {@code [rows * dimension]}.
   *
   * @throws EncodingException if the engine fails, or has no memory for a single text
   */
  float[] vectors(TokenBatch batch) {
    if (batch.rows() > 1 && layout.tokens(batch) > mostTokens) {
      return vectors(halves(batch));
    }
    List<TokenBatch> halves;
    try {
      float[] vectors = pass.vectors(batch);
      batches++;
      tokens += layout.tokens(batch);
      return vectors;
    } catch (EncodingException e) {
      if (!EncodingException.isOutOfMemory(e)) {
        throw e;
      }
      if (batch.rows() == 1) {
        throw tooLong(batch, e);
      }
      halves = halves(batch);
      mostTokens = halves.stream().mapToLong(layout::tokens).max().orElseThrow();
      tell(batch);
    }
    // Behind the catch: what the failed pass held must be free.
    return vectors(halves);
  }

  private List<TokenBatch> halves(TokenBatch batch) {
    int middle = layout.middle(batch);
    return List.of(batch.rows(0, middle), batch.rows(middle, batch.rows()));
  }

  private float[] vectors(List<TokenBatch> halves) {
    halvings++;
    float[] first = vectors(halves.get(0));
    float[] second = vectors(halves.get(1));
    float[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  private void tell(TokenBatch batch) {
    if (told.compareAndSet(false, true)) {
      LOG.warn(
          "No memory on {} for a batch of {} texts with {} tokens: such batches are halved, which costs"
              + " time; lower tokenBudget (--token-budget), now {}, to {}, or let fewer tasks share"
              + " the device",
          device,
          batch.rows(),
          layout.tokens(batch),
          tokenBudget,
          mostTokens);
    }
  }

  private EncodingException tooLong(TokenBatch batch, EncodingException cause) {
    Throwable engine = cause.getCause() == null ? cause : cause.getCause();
    return new EncodingException(
        "No memory on %s for a single text of %d tokens: lower maxSeqLength (--max-seq-length), or %s;"
                .formatted(device, batch.longest(), EncodingException.moreMemory(device))
            + " the engine says: "
            + EncodingException.reason(engine),
        cause);
  }

  /** Forward passes that were done. */
  long batches() {
    return batches;
  }

  /** Tokens of these passes, padding included. */
  long tokens() {
    return tokens;
  }

  /** Batches that were cut in halves, halves of halves too. */
  long halvings() {
    return halvings;
  }
}
