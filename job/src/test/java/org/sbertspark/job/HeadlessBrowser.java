package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Chromium or Chrome without a window. */
record HeadlessBrowser(Path program) {
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");

  /** The one on the path; skips the test where there is none. */
  static HeadlessBrowser find() {
    Optional<Path> program =
        Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
            .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
            .filter(Files::isExecutable)
            .findFirst();
    assumeTrue(
        program.isPresent(),
        "no browser to look at the report with: none of %s on the PATH".formatted(NAMES));
    return new HeadlessBrowser(program.orElseThrow());
  }

  /**
   * The page's elements after its scripts have run, as HTML.
   *
   * @param profile a new folder
   */
  String open(Path page, Path profile) throws IOException, InterruptedException {
    Path out = Files.createTempFile(profile.getParent(), "dom", ".html");
    Path err = Files.createTempFile(profile.getParent(), "browser", ".log");
    Process process =
        new ProcessBuilder(
                Stream.of(
                        program.toString(),
                        "--headless",
                        // It refuses to run as root otherwise, as containers do.
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-quic",
                        "--disable-dev-shm-usage",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync",
                        "--user-data-dir=" + profile,
                        "--window-size=1200,900",
                        "--virtual-time-budget=10000",
                        "--dump-dom",
                        page.toUri().toString())
                    .toList())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    if (!process.waitFor(120, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
      throw new AssertionError("%s did not end:%n%s".formatted(program, Files.readString(err)));
    }
    assertThat(process.exitValue()).as(Files.readString(err)).isZero();
    return Files.readString(out);
  }
}
