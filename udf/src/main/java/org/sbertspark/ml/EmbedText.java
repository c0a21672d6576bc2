package org.sbertspark.ml;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.util.TaskCompletionListener;
import org.sbertspark.inference.SentenceEncoder;

/**
 * The SQL function {@code sbert_embed}: all its calls in one task share one encoder, which is
 * closed when the task ends. On the driver, where Spark evaluates constants, there is no task: each
 * call there opens and closes an encoder.
 *
 * @param model small; the function object itself travels with every task
 */
record EmbedText(ShippedModel model) implements UDF1<Object, float[]> {
  private static final Map<Key, TaskEncoder> OPEN = new ConcurrentHashMap<>();

  private record Key(long taskAttempt, ShippedModel model) {}

  @Override
  public float[] call(Object value) {
    if (value == null) {
      return null;
    }
    if (!(value instanceof String text)) {
      throw new IllegalArgumentException(
          "Cannot embed a value of %s: sbert_embed expects a string; cast it"
              .formatted(value.getClass()));
    }
    TaskContext task = TaskContext.get();
    if (task != null) {
      return ofTask(task).encode(text);
    }
    try (SentenceEncoder encoder = model.openEncoder()) {
      return encoder.encode(List.of(text)).vectors()[0];
    }
  }

  private TaskEncoder ofTask(TaskContext task) {
    Key key = new Key(task.taskAttemptId(), model);
    TaskEncoder open = OPEN.get(key);
    if (open != null) {
      return open;
    }
    TaskEncoder fresh = new TaskEncoder(model);
    TaskEncoder other = OPEN.putIfAbsent(key, fresh);
    if (other != null) {
      return other;
    }
    task.addTaskCompletionListener(
        (TaskCompletionListener)
            ended -> {
              OPEN.remove(key);
              fresh.close();
            });
    return fresh;
  }

  /**
   * An encoder that is opened by its first text. Synchronized: a task may be completed by another
   * thread than the one that draws its rows.
   */
  private static final class TaskEncoder implements AutoCloseable {
    private final ShippedModel model;
    private SentenceEncoder encoder;
    private boolean closed;

    TaskEncoder(ShippedModel model) {
      this.model = model;
    }

    synchronized float[] encode(String text) {
      if (closed) {
        throw new IllegalStateException("Cannot embed: the task has ended");
      }
      if (encoder == null) {
        encoder = model.openEncoder();
      }
      return encoder.encode(List.of(text)).vectors()[0];
    }

    @Override
    public synchronized void close() {
      closed = true;
      if (encoder != null) {
        encoder.close();
        encoder = null;
      }
    }
  }
}
