package org.sbertspark.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.fs.FileUtil;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.sbertspark.inference.CacheFolder;

/**
 * For test classes that compile models: a cache folder of the test JVM, so that a model is compiled
 * once a run and never taken from the user's cache, nor left there.
 */
public final class TestCache implements BeforeAllCallback, AfterAllCallback {
  private static final Path FOLDER = create();

  private String previous;

  @Override
  public void beforeAll(ExtensionContext context) {
    previous = System.setProperty(CacheFolder.PROPERTY, FOLDER.toString());
  }

  @Override
  public void afterAll(ExtensionContext context) {
    if (previous == null) {
      System.clearProperty(CacheFolder.PROPERTY);
    } else {
      System.setProperty(CacheFolder.PROPERTY, previous);
    }
  }

  private static Path create() {
    try {
      Path folder = Files.createTempDirectory("sbert-spark-test-cache");
      Thread delete = new Thread(() -> FileUtil.fullyDelete(folder.toFile()));
      Runtime.getRuntime().addShutdownHook(delete);
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
