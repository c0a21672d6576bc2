package org.sbertspark.model.hub;

import java.io.Closeable;
import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The body of an answer, piece by piece. Unlike the client's own stream it waits for the next piece
 * only so long: a request's time-out ends with the headers. For one reading thread.
 */
final class BodyReader implements BodySubscriber<BodyReader>, Closeable {

  /** A piece, the end (no bytes, no failure), or a failure. */
  private record Signal(Optional<List<ByteBuffer>> bytes, Optional<Throwable> failure) {}

  private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();

  /** Comes after the headers, perhaps only after a first call of {@link #next}; guarded by this. */
  private Optional<Subscription> subscription = Optional.empty();

  /** Guarded by this. */
  private boolean closed;

  /**
   * The next bytes; empty at the end. To be called no more after that.
   *
   * @throws IOException if the connection broke, or nothing came in time
   */
  Optional<List<ByteBuffer>> next(Duration timeout) throws IOException, InterruptedException {
    Signal signal = signals.poll(timeout.toMillis(), TimeUnit.MILLISECONDS);
    if (signal == null) {
      throw new IOException("nothing came for " + timeout.toSeconds() + " s");
    }
    if (signal.failure().isPresent()) {
      throw new IOException(signal.failure().get());
    }
    if (signal.bytes().isPresent()) {
      requestOne();
    }
    return signal.bytes();
  }

  /** Gives up what has not been read; the connection is closed if that is not everything. */
  @Override
  public synchronized void close() {
    closed = true;
    subscription.ifPresent(Subscription::cancel);
  }

  /** One piece at a time: the rest waits in the network, not in the heap. */
  private synchronized void requestOne() {
    subscription.ifPresent(s -> s.request(1));
  }

  @Override
  public CompletionStage<BodyReader> getBody() {
    return CompletableFuture.completedFuture(this);
  }

  @Override
  public synchronized void onSubscribe(Subscription newSubscription) {
    if (closed || subscription.isPresent()) {
      newSubscription.cancel();
    } else {
      subscription = Optional.of(newSubscription);
      newSubscription.request(1);
    }
  }

  @Override
  public void onNext(List<ByteBuffer> item) {
    signals.add(new Signal(Optional.of(item), Optional.empty()));
  }

  @Override
  public void onError(Throwable failure) {
    signals.add(new Signal(Optional.empty(), Optional.of(failure)));
  }

  @Override
  public void onComplete() {
    signals.add(new Signal(Optional.empty(), Optional.empty()));
  }
}
