package org.sbertspark.ml;

import java.util.List;
import org.sbertspark.inference.EncodedTexts;
import org.sbertspark.inference.EncodingException;
import org.sbertspark.inference.EncodingStats;
import org.sbertspark.inference.SentenceEncoder;

/**
 * Encodes texts of which a few may make the engine fail: what fails is cut in halves until the
 * failing texts stand alone. As long as nothing fails it costs nothing; a failing text costs about
 * two passes over the texts that were given with it.
 */
final class FaultIsolation {
  private final SentenceEncoder encoder;
  private final List<String> texts;
  private final long mayFail;

  private final float[][] vectors;
  private final int[] tokenCounts;
  private final boolean[] truncated;
  private final String[] faults;
  private EncodingStats stats = EncodingStats.NONE;
  private long failed;

  /**
   * @param encoded with a null vector and no tokens for each text that failed
   * @param faults why a text failed, as a short code; null for all others
   * @param failed how many did
   */
  record Isolated(EncodedTexts encoded, String[] faults, long failed) {}

  private FaultIsolation(SentenceEncoder encoder, List<String> texts, long mayFail) {
    this.encoder = encoder;
    this.texts = texts;
    this.mayFail = mayFail;
    vectors = new float[texts.size()][];
    tokenCounts = new int[texts.size()];
    truncated = new boolean[texts.size()];
    faults = new String[texts.size()];
  }

  /**
   * Encodes.
   *
   * @param mayFail how many texts may fail
   * @throws EncodingException if one more does, or if the thread is interrupted
   */
  static Isolated encode(SentenceEncoder encoder, List<String> texts, long mayFail) {
    FaultIsolation isolation = new FaultIsolation(encoder, texts, mayFail);
    isolation.encode(0, texts.size());
    EncodedTexts encoded =
        new EncodedTexts(
            isolation.vectors, isolation.tokenCounts, isolation.truncated, isolation.stats);
    return new Isolated(encoded, isolation.faults, isolation.failed);
  }

  private void encode(int begin, int end) {
    EncodedTexts some;
    try {
      some = encoder.encode(texts.subList(begin, end));
    } catch (EncodingException e) {
      // The engine is well, the task is being killed.
      boolean interrupted = Thread.currentThread().isInterrupted();
      if (interrupted || failed == mayFail) {
        throw e;
      }
      if (end - begin == 1) {
        faults[begin] = e.fault().code();
        failed++;
        return;
      }
      int middle = (begin + end) >>> 1;
      encode(begin, middle);
      encode(middle, end);
      return;
    }
    int count = end - begin;
    System.arraycopy(some.vectors(), 0, vectors, begin, count);
    System.arraycopy(some.tokenCounts(), 0, tokenCounts, begin, count);
    System.arraycopy(some.truncated(), 0, truncated, begin, count);
    stats = stats.plus(some.stats());
  }
}
