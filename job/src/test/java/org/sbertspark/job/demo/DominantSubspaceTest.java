package org.sbertspark.job.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class DominantSubspaceTest {

  /** 20 rows in two groups that share no column, and a third of much smaller values. */
  private static SparseMatrix twoStrongGroups() {
    Random random = new Random(3);
    int[][] columns = new int[20][];
    double[][] values = new double[20][];
    for (int row = 0; row < 20; row++) {
      int group = row % 3;
      double strength = group == 2 ? 0.01 : 1 + 0.001 * random.nextDouble();
      columns[row] = new int[] {2 * group, 2 * group + 1};
      values[row] = new double[] {strength, strength * 2};
    }
    return new SparseMatrix(columns, values, 6);
  }

  @Test
  void basisIsOrthonormal() {
    double[][] basis = DominantSubspace.of(twoStrongGroups(), 2);
    for (int a = 0; a < 2; a++) {
      for (int b = 0; b < 2; b++) {
        double dot = 0;
        for (double[] row : basis) {
          dot += row[a] * row[b];
        }
        assertThat(dot).isCloseTo(a == b ? 1 : 0, within(1e-12));
      }
    }
  }

  @Test
  void strongestDirectionsAreKept() {
    double[][] basis = DominantSubspace.of(twoStrongGroups(), 2);
    for (int row = 0; row < 20; row++) {
      double squares = basis[row][0] * basis[row][0] + basis[row][1] * basis[row][1];
      // Seven rows each of the two strong groups share one dimension.
      assertThat(squares).isCloseTo(row % 3 == 2 ? 0 : 1.0 / 7, within(1e-3));
    }
  }

  @Test
  void rankBeyondTheMatrixAddsZeros() {
    double[][] basis = DominantSubspace.of(twoStrongGroups(), 5);
    double all = 0;
    for (double[] row : basis) {
      for (double x : row) {
        all += x * x;
      }
    }
    assertThat(all).isCloseTo(3, within(1e-9));
  }

  @Test
  void sameMatrixGivesTheSameBasis() {
    assertThat(DominantSubspace.of(twoStrongGroups(), 2))
        .isDeepEqualTo(DominantSubspace.of(twoStrongGroups(), 2));
  }
}
