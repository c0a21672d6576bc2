package org.sbertspark.job;

import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The C library of a Linux machine; the natives are linked against glibc. */
record Libc(Kind kind, int major, int minor) implements Serializable {
  private static final Libc UNKNOWN = new Libc(Kind.UNKNOWN, 0, 0);

  /** "glibc 2.35" of getconf, or the end of ldd's first line: "ldd (Ubuntu GLIBC 2.35-0) 2.35". */
  private static final Pattern GLIBC =
      Pattern.compile("(?im)^(?:glibc|ldd \\(.*\\)) (\\d+)\\.(\\d+)");

  private static final Pattern MUSL =
      Pattern.compile("(?i)musl libc(?s:.*?Version (\\d+)\\.(\\d+))?");

  /** Java has no call for it: these say it. */
  private static final List<List<String>> COMMANDS =
      List.of(List.of("getconf", "GNU_LIBC_VERSION"), List.of("ldd", "--version"));

  private static final long TIMEOUT_SECONDS = 5;

  /** The library's family. */
  enum Kind {
    GLIBC,
    MUSL,
    UNKNOWN
  }

  /** Asked once a JVM. */
  private static final class Here {
    static final Libc LIBC = detect();
  }

  /** That of this machine. */
  static Libc here() {
    return Here.LIBC;
  }

  private static Libc detect() {
    for (List<String> command : COMMANDS) {
      Libc libc = parse(output(command));
      if (libc.kind != Kind.UNKNOWN) {
        return libc;
      }
    }
    return UNKNOWN;
  }

  /** What the output of getconf or ldd says. */
  static Libc parse(String output) {
    Matcher musl = MUSL.matcher(output);
    if (musl.find()) {
      return musl.group(1) == null ? new Libc(Kind.MUSL, 0, 0) : of(Kind.MUSL, musl);
    }
    Matcher glibc = GLIBC.matcher(output);
    return glibc.find() ? of(Kind.GLIBC, glibc) : UNKNOWN;
  }

  private static Libc of(Kind kind, Matcher version) {
    return new Libc(kind, Integer.parseInt(version.group(1)), Integer.parseInt(version.group(2)));
  }

  /** What a command prints, at most a few lines; empty if there is no such command. */
  private static String output(List<String> command) {
    Process process = null;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      // These few lines fit into the pipe: the process does not wait for a reader.
      if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        return "";
      }
      try (InputStream out = process.getInputStream()) {
        return new String(out.readAllBytes(), StandardCharsets.UTF_8);
      }
    } catch (IOException e) {
      return "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    } finally {
      if (process != null) {
        process.destroyForcibly();
      }
    }
  }

  boolean isAtLeast(int wantedMajor, int wantedMinor) {
    return major > wantedMajor || (major == wantedMajor && minor >= wantedMinor);
  }

  @Override
  public String toString() {
    return switch (kind) {
      case GLIBC -> "glibc %d.%d".formatted(major, minor);
      case MUSL -> major == 0 ? "musl" : "musl %d.%d".formatted(major, minor);
      case UNKNOWN -> "C library unknown";
    };
  }
}
