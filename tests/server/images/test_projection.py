"""A stack is shown as its maximum projection: each pixel is the largest of its column."""

import io

import numpy as np
import tifffile


async def test_a_tile_of_the_maximum_projection(lab):
    stack = np.random.default_rng(3).integers(0, 4000, (5, 64, 80)).astype(np.uint16)
    stream = io.BytesIO()
    tifffile.imwrite(stream, stack, imagej=True, metadata={"axes": "ZYX"})
    alice = await lab.person()
    project_id = await lab.project(alice)
    (image,) = await lab.upload(alice, project_id, stack__tif=stream.getvalue())
    await lab.work()
    assert (await alice.get(f"/api/v1/images/{image['id']}")).json()["n_slices"] == 5

    async def tile(z):
        answer = await alice.get(f"/api/v1/images/{image['id']}/tiles/0/0/0", params={"z": z, "raw": True})
        assert answer.status_code == 200, answer.text
        return np.frombuffer(answer.content, dtype="<u2").reshape(64, 80)

    np.testing.assert_array_equal(await tile("max"), stack.max(axis=0))
    np.testing.assert_array_equal(await tile(3), stack[3])
    wrong = await alice.get(f"/api/v1/images/{image['id']}/tiles/0/0/0", params={"z": "least"})
    assert wrong.status_code == 422
