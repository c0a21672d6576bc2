package org.sbertspark.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A real Spark standalone cluster on loopback: a master and two workers of one core, each a JVM of
 * its own, from the Spark home that the build assembles. Executors are child processes of the
 * workers.
 */
final class StandaloneCluster implements AutoCloseable {
  /** Two names of one machine: Spark gives a task's second attempt to another host only. */
  private static final List<String> HOSTS = List.of("127.0.0.1", "localhost");

  private final int port = freePort();
  private final int webPort = freePort();
  private final Run master;
  private final List<Run> workers = new ArrayList<>();

  /**
   * @param work folder for the executors' files, and for a model cache that they share, which is
   *     not the driver's
   */
  StandaloneCluster(Path work) {
    master =
        Run.sparkClass("org.apache.spark.deploy.master.Master", "--host", "127.0.0.1")
            .add("--port", Integer.toString(port), "--webui-port", Integer.toString(webPort))
            .start();
    for (int i = 0; i < HOSTS.size(); i++) {
      workers.add(
          Run.sparkClass("org.apache.spark.deploy.worker.Worker", "--host", HOSTS.get(i))
              .add("--cores", "1", "--memory", "2g", "--webui-port", "0")
              .add("--work-dir", work.resolve("worker-" + i).toString(), url())
              .environment("SBERT_SPARK_CACHE", work.resolve("cache").toString())
              .start());
    }
    Wait.until("two workers at the master", () -> aliveWorkers() == HOSTS.size());
  }

  String url() {
    return "spark://127.0.0.1:" + port;
  }

  /** What stands before the command so that it runs here. */
  String[] submitOptions() {
    return new String[] {
      "--master",
      url(),
      "--executor-memory",
      "1g",
      "--conf",
      "spark.ui.enabled=false",
      "--conf",
      "spark.sql.shuffle.partitions=8",
      "--conf",
      "spark.executor.extraJavaOptions=" + Run.FAST_START
    };
  }

  private long aliveWorkers() {
    JsonNode state;
    try {
      state =
          new ObjectMapper().readTree(URI.create("http://127.0.0.1:" + webPort + "/json/").toURL());
    } catch (IOException e) {
      return 0; // Not up yet.
    }
    return state.path("aliveworkers").asLong();
  }

  /** The executors' processes that are alive now. */
  List<ProcessHandle> executors() {
    return workers.stream().flatMap(worker -> worker.handle().children()).toList();
  }

  /** A file that an executor has open. */
  record OpenFile(ProcessHandle executor, Path file) {}

  /** A file whose path matches and that an executor has open now. Linux lists them in /proc. */
  Optional<OpenFile> openFile(String path) {
    return executors().stream()
        .flatMap(executor -> openFiles(executor).map(file -> new OpenFile(executor, file)))
        .filter(open -> open.file().toString().matches(path))
        .findFirst();
  }

  private static Stream<Path> openFiles(ProcessHandle process) {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> open =
        Files.newDirectoryStream(Path.of("/proc", Long.toString(process.pid()), "fd"))) {
      for (Path descriptor : open) {
        try {
          files.add(Files.readSymbolicLink(descriptor));
        } catch (IOException e) {
          // Closed in the meantime.
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      // The process has ended.
    }
    return files.stream();
  }

  /** Kills a worker with its executors, for good. */
  void loseWorker() {
    workers.remove(0).kill();
  }

  @Override
  public void close() {
    workers.forEach(Run::kill);
    master.kill();
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
