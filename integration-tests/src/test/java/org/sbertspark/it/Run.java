package org.sbertspark.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A child process with its output in files; killed with all that it started if it runs too long.
 */
final class Run {
  /** Processes that soon end take less time without the JVM's second compiler. */
  static final String FAST_START = "-XX:TieredStopAtLevel=1";

  private static final Duration LIMIT = Duration.ofMinutes(5);

  private final Process process;
  private final Path out;
  private final Path err;

  private Run(Process process, Path out, Path err) {
    this.process = process;
    this.out = out;
    this.err = err;
  }

  /** What is to be run. */
  static final class Command {
    private final List<String> words = new ArrayList<>();
    private final Map<String, String> environment = new HashMap<>();
    private Path folder = Project.root();

    Command(String... words) {
      add(words);
      environment.put("SPARK_LOCAL_IP", "127.0.0.1");
      environment.put("SPARK_SUBMIT_OPTS", FAST_START);
      environment.put("SBERT_SPARK_CACHE", Project.cache().toString());
      environment.put("JAVA_HOME", System.getProperty("java.home"));
    }

    Command add(String... more) {
      words.addAll(List.of(more));
      return this;
    }

    /** An empty value takes the variable out. */
    Command environment(String name, String value) {
      environment.put(name, value);
      return this;
    }

    Command in(Path workingFolder) {
      folder = workingFolder;
      return this;
    }

    Run start() {
      try {
        Path logs =
            Files.createDirectories(Project.root().resolve("integration-tests/target/runs"));
        Path out = Files.createTempFile(logs, "run", ".out");
        Path err = Path.of(out.toString().replaceAll("out$", "err"));
        ProcessBuilder builder = new ProcessBuilder(words).directory(folder.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("SPARK_"));
        environment.forEach(
            (name, value) -> {
              if (value.isEmpty()) {
                builder.environment().remove(name);
              } else {
                builder.environment().put(name, value);
              }
            });
        builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        builder.redirectOutput(out.toFile()).redirectError(err.toFile());
        return new Run(builder.start(), out, err);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** Runs to the end; fails if it does not end with 0. */
    Run succeed() {
      Run run = start();
      int status = run.exitStatus();
      if (status != 0) {
        throw new AssertionError(
            "%s ended with %d%n%s%n%s".formatted(words, status, run.out(), run.err()));
      }
      return run;
    }
  }

  /** The launcher with these words. */
  static Command sbertSpark(String... words) {
    return new Command(Project.launcher().toString()).add(words);
  }

  /** A class of Spark's home, as Spark's own launcher would start it. */
  static Command sparkClass(String mainClass, String... arguments) {
    Command command = new Command(Project.java());
    Project.javaOptions().forEach(command::add);
    return command
        .add(FAST_START, "-Xmx1g", "-cp", Project.sparkHome().resolve("jars") + "/*", mainClass)
        .add(arguments)
        .environment("SPARK_HOME", Project.sparkHome().toString())
        .environment("SPARK_SCALA_VERSION", "2.12");
  }

  int exitStatus() {
    try {
      if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
        kill();
        throw new AssertionError("Still running after %s:%n%s%n%s".formatted(LIMIT, out(), err()));
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      kill();
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  boolean isRunning() {
    return process.isAlive();
  }

  ProcessHandle handle() {
    return process.toHandle();
  }

  /** Ends the process and all below it. */
  void kill() {
    List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
    all.add(process.toHandle());
    all.forEach(ProcessHandle::destroyForcibly);
    for (ProcessHandle handle : all) {
      try {
        handle.onExit().get(1, TimeUnit.MINUTES);
      } catch (TimeoutException e) {
        throw new AssertionError(
            "Waited a minute for killed process %s to end".formatted(handle), e);
      } catch (ExecutionException | InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  String out() {
    return read(out);
  }

  String err() {
    return read(err);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
