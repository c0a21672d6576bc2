package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.job.InputReader.Parsing;
import org.sbertspark.testing.SparkTestSession;

class FileStreamsTest {
  private static final String STOP_TIMEOUT = "spark.sql.streaming.stopTimeout";

  @TempDir private Path folder;

  @Test
  void batchThatDoesNotStopIsNotWaitedForForEver() throws Exception {
    SparkSession spark = SparkTestSession.get().newSession();
    spark.conf().set(STOP_TIMEOUT, "100ms");
    FileStreams streams = new FileStreams(spark);
    Dataset<Row> rows = oneFile(streams);
    Semaphore end = new Semaphore(0);
    AtomicReference<Thread> stream = new AtomicReference<>();
    Thread caller = Thread.currentThread();
    try {
      assertThatThrownBy(
              () ->
                  streams.run(
                      rows,
                      new org.apache.hadoop.fs.Path(folder.resolve("checkpoint").toUri()),
                      (batch, id) -> {
                        stream.set(Thread.currentThread());
                        caller.interrupt();
                        end.acquireUninterruptibly();
                      }))
          .isInstanceOf(JobException.class)
          .hasMessageStartingWith("Cannot stop reading the input: Stream Execution thread")
          .hasMessageContaining("failed to stop within 100 milliseconds");
    } finally {
      end.release();
      stream.get().join(Duration.ofMinutes(1).toMillis());
    }
    assertThat(stream.get().isAlive()).isFalse();
  }

  private Dataset<Row> oneFile(FileStreams streams) throws IOException {
    Path input = Files.createDirectory(folder.resolve("in"));
    Files.writeString(input.resolve("a.txt"), "a line\n");
    Parsing parsing =
        new Parsing(InputFormat.TEXT, Map.of(), Input.Mode.PERMISSIVE, Optional.empty());
    StructType schema = new StructType().add("text", DataTypes.StringType);
    return streams.open(input.toString(), parsing, schema, 1);
  }

  @Test
  void commandsHaveALimitForStreamsThatDoNotStop() {
    SparkTestSession.get();
    SparkSession spark = Sessions.open(Main.commandLine().getCommandSpec());
    assertThat(spark.conf().get(STOP_TIMEOUT)).isEqualTo("1min");
  }
}
