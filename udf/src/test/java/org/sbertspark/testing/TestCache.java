package org.sbertspark.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.fs.FileUtil;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.sbertspark.inference.CacheFolder;

/**
 * Points the model cache at a folder under {@code target}, so that tests neither find nor leave
 * anything in the user's own. All tests of a JVM share it, JVMs at the same time have one each;
 * models of earlier runs are forgotten, the native libraries stay unpacked.
 */
public final class TestCache implements BeforeAllCallback {
  private static final Path FOLDER = withoutModels();

  @Override
  public void beforeAll(ExtensionContext context) {
    use();
  }

  /** For tests of jqwik, which runs no extensions of JUnit's. */
  public static void use() {
    System.setProperty(CacheFolder.PROPERTY, FOLDER.toString());
  }

  private static Path withoutModels() {
    Path folder = Path.of("target", "test-cache", fork()).toAbsolutePath();
    for (String models : List.of("bundles", "archives")) {
      if (Files.exists(folder.resolve(models))
          && !FileUtil.fullyDelete(folder.resolve(models).toFile())) {
        throw new UncheckedIOException(new IOException("Cannot empty " + folder.resolve(models)));
      }
    }
    return folder;
  }

  /** The name of this test JVM among those that share a module's folder. */
  public static String fork() {
    // Set by the build; tests in an editor run in one JVM.
    return System.getenv().getOrDefault("TEST_FORK", "fork-1");
  }
}
