import numpy as np

from spheroseg.segmentation import predict


def discs(shape, items):
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]]
    inside = np.zeros(shape)
    for cy, cx, radius in items:
        inside = np.maximum(inside, np.clip(radius + 0.5 - np.hypot(y - cy, x - cx), 0, 1))
    return (30 + 170 * inside).astype(np.uint8)


def test_discs_come_back_in_place_size_and_reading_order(model):
    plane = discs((200, 300), [(60, 220, 20), (50, 60, 25), (140, 150, 15)])
    found = predict(plane, model)
    assert len(found) == 3
    assert [int(found.labels[y, x]) for y, x in ((50, 60), (60, 220), (140, 150))] == [1, 2, 3]
    areas = np.bincount(found.labels.ravel())[1:]
    np.testing.assert_allclose(areas, [np.pi * 25**2, np.pi * 20**2, np.pi * 15**2], rtol=0.03)
